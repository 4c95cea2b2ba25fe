import { appended, type Place, type Spill } from './spill.ts';

/** Bytes that are written part by part, and can be read as often as one likes. */
export class SpilledBytes {
  readonly #spill: Spill;
  readonly #parts: Place[] = [];

  constructor(spill: Spill) {
    this.#spill = spill;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(await appended(this.#spill, bytes));
  }

  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    for (const { offset, length } of this.#parts) yield await this.#spill.read(offset, length);
  }
}
