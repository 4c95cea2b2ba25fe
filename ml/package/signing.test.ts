import { expect, test } from 'vitest';
import { newKeys, signSums, verifySignature } from './signing.ts';

const { privateKey, publicKey } = newKeys();
const files = new Map([['SHA256SUMS', Buffer.from(`${'0'.repeat(64)}  model.onnx\n`)]]);

test('a package is of the one who signed it, byte for byte', () => {
  const signature = signSums(files, privateKey);
  expect(signSums(files, privateKey)).toEqual(signature);
  expect(() => verifySignature(files, signature, publicKey)).not.toThrow();
  const changed = new Map([['SHA256SUMS', Buffer.from(`${'1'.repeat(64)}  model.onnx\n`)]]);
  expect(() => verifySignature(changed, signature, publicKey)).toThrow(
    /not by that key, or not of these files/,
  );
  expect(() => verifySignature(files, signature, newKeys().publicKey)).toThrow(/not by that key/);
  expect(() => verifySignature(files, undefined, publicKey)).toThrow(/the package is not signed/);
});

test('a key of another kind is refused', () => {
  expect(() => signSums(files, publicKey)).toThrow(/not a private Ed25519 key/);
  expect(() => verifySignature(files, Buffer.of(), 'no key')).toThrow(/not a public Ed25519 key/);
});
