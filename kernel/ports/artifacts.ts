/** `sha256:` and 64 hexadecimal digits: the content is its address. */
export type Digest = `sha256:${string}`;

/** Content-addressed, immutable bytes: datasets, model packages, uploaded records. */
export interface ArtifactStore {
  /** Stores bytes, durably, under their own digest; storing them twice is storing them once. */
  put(bytes: Uint8Array): Promise<Digest>;
  /** The bytes, verified against the digest. ARTIFACT_MISSING, or ARTIFACT_CORRUPT when they do not match. */
  get(digest: string): Promise<Uint8Array>;
  has(digest: string): Promise<boolean>;
  /** Reads the bytes, keeps nothing of them, and rejects as `get` does. */
  check(digest: string): Promise<void>;
}
