import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { InvalidInput, InvalidPackage } from '../errors.ts';
import { type PackageFiles, SUMS_FILE } from './sums.ts';

/** The Ed25519 signature of the checksums of a package, in base64; beside the package, and no part of it. */
export const SIGNATURE_OF_SUMS = 'SHA256SUMS.sig';

/** What is signed begins with this, so that no signature of another text is one of a package. */
const CONTEXT = Buffer.from('epochlog package 1\n');

/** A new Ed25519 key pair, as PEM. */
export function newKeys(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** @throws InvalidInput `key` */
export function signSums(files: PackageFiles, privateKey: string): Uint8Array {
  const key = keyOf(() => createPrivateKey(privateKey), 'private');
  return Buffer.from(`${sign(null, signed(files), key).toString('base64')}\n`);
}

/**
 * Checks who signed a package. Its files are not checked: their checksums are signed.
 *
 * @throws InvalidPackage `missing` or `altered`, InvalidInput `key`
 */
export function verifySignature(
  files: PackageFiles,
  signature: Uint8Array | undefined,
  publicKey: string,
): void {
  const key = keyOf(() => createPublicKey(publicKey), 'public');
  if (!signature)
    throw new InvalidPackage('missing', SIGNATURE_OF_SUMS, 'missing: the package is not signed');
  const bytes = Buffer.from(Buffer.from(signature).toString('utf8').trim(), 'base64');
  if (verify(null, signed(files), key, bytes)) return;
  throw new InvalidPackage('altered', SIGNATURE_OF_SUMS, 'not by that key, or not of these files');
}

const signed = (files: PackageFiles): Buffer => Buffer.concat([CONTEXT, files.get(SUMS_FILE) ?? Buffer.of()]);

function keyOf(read: () => KeyObject, kind: string): KeyObject {
  try {
    const key = read();
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // it is told below
  }
  throw new InvalidInput(
    'key',
    `not a ${kind} Ed25519 key in PEM: \`epochlog package keys FOLDER\` makes a pair`,
  );
}
