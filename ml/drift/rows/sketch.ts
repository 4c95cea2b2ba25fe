import { tokenize } from '../../text/tokenize.ts';

/** Of a sketch: a text of 130 different words sets about 120 of them. */
export const SKETCH_BITS = 1024;

/** Texts of the same words have the same sketch, and none gives its words away: many words share each bit. */
export const SKETCH_FEATURE = 'wordSketch';

/**
 * Which words a text has, as bits in base64: each word sets one of them, by its hash (FNV-1a). It says how often words occur in many
 * texts without keeping any.
 */
export function wordSketch(text: string): string {
  const bits = new Uint8Array(SKETCH_BITS / 8);
  for (const word of tokenize(text)) {
    const bit = hashOf(word) % SKETCH_BITS;
    bits[bit >> 3]! |= 1 << (bit & 7);
  }
  return Buffer.from(bits.buffer).toString('base64');
}

function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The bits that are set, in ascending order. What is no sketch has none. */
export function bitsOf(sketch: string): Int32Array {
  const bytes = Buffer.from(sketch, 'base64');
  const bits: number[] = [];
  for (const [at, byte] of bytes.entries()) {
    if (8 * at >= SKETCH_BITS) break;
    for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) bits.push(8 * at + bit);
  }
  return Int32Array.from(bits);
}
