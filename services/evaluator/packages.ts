import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import { InvalidPackage } from '../../ml/errors.ts';
import { type OpenPackage, openPackage } from '../../ml/package/open.ts';

/** The candidate, the version in production, and one that is measured month by month. */
const MOST = 3;
const MAX_BYTES = 64 << 20;

/** A package, and the bytes of all its files. */
export type WeighedPackage = OpenPackage & { readonly bytes: number };

/** Opens packages, and keeps those that were opened last: one and the same is measured again and again. */
export class Packages {
  readonly #artifacts: ArtifactStore;
  /** by digest, the last one used at the end */
  readonly #recent = new Map<string, WeighedPackage>();

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /** PACKAGE_INVALID when it is not whole. */
  async open(digest: string): Promise<WeighedPackage> {
    const opened = this.#recent.get(digest) ?? (await this.#read(digest));
    this.#recent.delete(digest);
    this.#recent.set(digest, opened);
    let bytes = 0;
    for (const { onnx } of this.#recent.values()) bytes += onnx.byteLength;
    for (const [oldest, { onnx }] of this.#recent) {
      if (oldest === digest || (this.#recent.size <= MOST && bytes <= MAX_BYTES)) break;
      this.#recent.delete(oldest);
      bytes -= onnx.byteLength;
    }
    return opened;
  }

  async #read(digest: string): Promise<WeighedPackage> {
    try {
      const files = await getBundle(this.#artifacts, digest);
      const bytes = files.values().reduce((sum, { byteLength }) => sum + byteLength, 0);
      return { ...openPackage(files), bytes };
    } catch (error) {
      if (!(error instanceof InvalidPackage)) throw error;
      throw new EpochlogError('PACKAGE_INVALID', `package ${digest}: ${error.message}`, { cause: error });
    }
  }
}
