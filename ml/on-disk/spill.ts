/** A file that takes what does not fit into memory. */
export interface Spill {
  /** Appends bytes, and resolves to the offset at which they begin. */
  append(bytes: Uint8Array): Promise<number>;
  /** Reads bytes that were appended. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Where bytes lie in a spill. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

export const appended = async (spill: Spill, bytes: Uint8Array): Promise<Place> => ({
  offset: await spill.append(bytes),
  length: bytes.byteLength,
});
