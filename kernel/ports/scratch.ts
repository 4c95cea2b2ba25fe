/** A file of intermediate results: no other process sees it, and it is gone when it is closed or this process ends, also by kill -9. */
export interface ScratchFile extends AsyncDisposable {
  /** Appends bytes, and resolves to the offset at which they begin. DISK_FULL when there is no space left. */
  append(bytes: Uint8Array): Promise<number>;
  /** Reads bytes that were appended. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** bytes that were appended */
  readonly size: number;
}

/** Where a service keeps for a moment what may not fit into memory. */
export interface Scratch {
  /** A new file. It takes no space, and no descriptor, before the first append. */
  create(): ScratchFile;
}
