/**
 * Kafka's murmur2 (32-bit MurmurHash2 with Kafka's seed), as a signed integer. Source: `Utils.murmur2` of
 * Apache Kafka, which decides the partition of every keyed record that a Java client writes.
 */
export function murmur2(bytes: Uint8Array): number {
  const M = 0x5bd1e995;
  const length = bytes.length;
  const blocks = length - (length % 4);
  let hash = 0x9747b28c ^ length;
  for (let i = 0; i < blocks; i += 4) {
    let block = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    block = Math.imul(block, M);
    block ^= block >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(block, M);
  }
  for (let i = length - 1; i >= blocks; i--) hash ^= bytes[i]! << (8 * (i - blocks));
  if (blocks < length) hash = Math.imul(hash, M);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  return hash ^ (hash >>> 15);
}

/** The partition of a key, 0 to `partitions` - 1, as Kafka's default partitioner chooses it. */
export const partitionOf = (key: Uint8Array, partitions: number): number =>
  (murmur2(key) & 0x7fff_ffff) % partitions;
