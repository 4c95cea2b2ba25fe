import { appended, type Place, type Spill } from './spill.ts';

/** Bytes that are in memory before they are written: a part of a compressed file is much smaller. */
const BLOCK_BYTES = 1 << 18;

/** Bytes that are written part by part, and can be read as often as one likes. */
export class SpilledBytes {
  readonly #spill: Spill;
  readonly #blocks: Place[] = [];
  #newest: Uint8Array[] = [];
  #length = 0;

  constructor(spill: Spill) {
    this.#spill = spill;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#newest.push(bytes);
    this.#length += bytes.byteLength;
    if (this.#length < BLOCK_BYTES) return;
    const block = Buffer.concat(this.#newest);
    this.#newest = [];
    this.#length = 0;
    this.#blocks.push(await appended(this.#spill, block));
  }

  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    for (const { offset, length } of this.#blocks) yield await this.#spill.read(offset, length);
    yield* this.#newest;
  }
}
