import { describe, expect, test } from 'vitest';
import { murmur2, partitionOf } from './partition.ts';

/** Hashes of Kafka's own UtilsTest and of its JavaScript client; partitions of 4, 7 and 16 of the latter. */
const GOLDEN: readonly [key: string, hash: number, partitions: [number, number, number]][] = [
  ['', 275646681, [1, 2, 9]],
  ['a', -1563381124, [0, 5, 12]],
  ['ab', 316155434, [2, 0, 10]],
  ['abc', 479470107, [3, 4, 11]],
  ['abcd', -1323649548, [0, 5, 4]],
  ['21', -973932308, [0, 3, 12]],
  ['foobar', -790332482, [2, 0, 14]],
  ['a-little-bit-long-string', -985981536, [0, 1, 0]],
  ['a-little-bit-longer-string', -1486304829, [3, 0, 3]],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971, [1, 3, 13]],
  ['2401.01234', 865309158, [2, 0, 6]],
  ['math/0309136', 23908229, [1, 2, 5]],
  ['clé-é-日本', -1070990384, [0, 0, 0]],
  ['0190b6e2-7c1f-7a55-8d2a-0c9b1e4f5a6b', -723282094, [2, 6, 2]],
];

describe('the partition of a key is the one Kafka chooses', () => {
  test.each(GOLDEN)('%j', (key, hash, partitions) => {
    const bytes = Buffer.from(key);
    expect(murmur2(bytes)).toBe(hash);
    expect([4, 7, 16].map((count) => partitionOf(bytes, count))).toEqual(partitions);
  });

  test('a topic with one partition takes every key', () => {
    expect(partitionOf(Buffer.from('anything'), 1)).toBe(0);
  });
});
