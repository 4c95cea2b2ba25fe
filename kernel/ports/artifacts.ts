/** `sha256:` and 64 hexadecimal digits: the content is its address. */
export type Digest = `sha256:${string}`;

/** How long bytes that were stored are safe from being deleted, at least: what names them must be in the log by then. */
export const MIN_AGE_MS = 300_000;

/** Bytes that need not be in memory: each time they are read from the beginning. */
export interface Streamed {
  stream(): AsyncIterable<Uint8Array>;
}

/** Content-addressed, immutable bytes: datasets, model packages, uploaded records. */
export interface ArtifactStore {
  /** Stores bytes, durably, under their own digest; storing them twice is storing them once. */
  put(bytes: Uint8Array | Streamed): Promise<Digest>;
  /** The bytes, verified against the digest. ARTIFACT_MISSING, or ARTIFACT_CORRUPT when they do not match. */
  get(digest: string): Promise<Uint8Array>;
  /** The same bytes, verified before, to be read part by part. */
  open(digest: string): Promise<Streamed>;
  has(digest: string): Promise<boolean>;
  /** Reads the bytes, keeps nothing of them, and rejects as `get` does. */
  check(digest: string): Promise<void>;
  /**
   * Removes the bytes, unless they were stored, for the first time or again, since `before` (milliseconds since the epoch, at
   * least `MIN_AGE_MS` ago): the event that names them may not be in the log yet. Infinity for bytes that no other process
   * stores. False when they stay or were not there.
   */
  delete(digest: string, before: number): Promise<boolean>;
}
