import { expect, test } from 'vitest';
import { type MetaPages, stableMeta } from './meta.ts';

/** Two meta pages as LMDB writes them, of these transactions. */
const pages = (first: number, second: number): MetaPages => [page(0, first), page(1, second)];

function page(number: number, transaction: number): Buffer {
  const bytes = Buffer.alloc(256);
  bytes.writeBigUInt64LE(BigInt(number), 0);
  bytes.writeUInt16LE(0x08, 18); // a meta page
  bytes.writeUInt32LE(0xbeefc0de, 24);
  bytes.writeUInt32LE(2, 28);
  bytes.writeUInt32LE(8_192, 48);
  bytes.writeUInt16LE(0x08, 52); // the free list has integers as keys
  bytes.writeBigUInt64LE(BigInt(transaction), 24 + 128);
  return bytes;
}

/** Gives one after the other, then the last one for ever. */
function reading(...all: readonly MetaPages[]): () => MetaPages {
  let at = 0;
  return () => all[Math.min(at++, all.length - 1)]!;
}

test('the newer of two consecutive transactions is the snapshot', () => {
  expect(stableMeta(reading(pages(8, 7)), 'log')?.transaction).toBe(8);
  expect(stableMeta(reading(pages(8, 9)), 'log')?.transaction).toBe(9);
});

test('pages with a commit between their reads are read again', () => {
  expect(stableMeta(reading(pages(8, 11), pages(12, 15), pages(16, 15)), 'log')?.transaction).toBe(16);
});

test('pages that are not consecutive after a second read are damaged', () => {
  expect(() => stableMeta(reading(pages(8, 3)), 'log')).toThrow(/damaged meta page \(0\)/);
});

test('an invalid meta page is damaged, also after a second read', () => {
  const [first] = pages(8, 7);
  expect(() => stableMeta(reading([first, Buffer.alloc(256)]), 'log')).toThrow(/damaged meta page \(1\)/);
});
