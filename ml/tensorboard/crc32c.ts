const POLYNOMIAL = 0x82f63b78; // of Castagnoli, reversed

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  return remainder;
});

/** CRC-32C (RFC 3720, appendix B.4); `node:zlib` has the other CRC-32. */
export function crc32c(bytes: Uint8Array): number {
  let checksum = ~0;
  for (const byte of bytes) checksum = (checksum >>> 8) ^ TABLE[(checksum ^ byte) & 0xff]!;
  return ~checksum >>> 0;
}
