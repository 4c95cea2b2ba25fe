import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A private key and its certificate, in PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

/** A certificate authority. */
export interface Authority {
  /** its own certificate, in PEM */
  cert: string;
  /** Issues a certificate with this common name, for a server with these IPv4 addresses or host names. */
  issue(name: string, addresses?: readonly string[]): Certificate;
}

const DAY_MS = 24 * 3_600_000;

/** DER tags (X.690). */
const TAG = { boolean: 1, integer: 2, bits: 3, octets: 4, text: 12, time: 23, sequence: 48, set: 49 };
const inContext = (number: number): number => 0xa0 + number;
/** Tags of names in a subjectAltName. */
const ADDRESS = { host: 0x82, ip: 0x87 };

/** Object identifiers in DER. */
const OID = {
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
  commonName: Buffer.from('0603550403', 'hex'),
  subjectAltName: Buffer.from('0603551d11', 'hex'),
  basicConstraints: Buffer.from('0603551d13', 'hex'),
};
const TRUE = der(TAG.boolean, Buffer.of(0xff));
const SIGNATURE = der(TAG.sequence, OID.ecdsaWithSha256);

/** Creates a CA. Node can sign, but not encode certificates (RFC 5280): this does. */
export function createAuthority(name: string): Authority {
  const issuer = createKey();
  const isAuthority = der(TAG.sequence, OID.basicConstraints, TRUE, der(TAG.octets, der(TAG.sequence, TRUE)));
  return {
    cert: certify(name, issuer, isAuthority),
    issue(subject, addresses = []) {
      const key = createKey();
      const cert = certify(subject, key, ...(addresses.length > 0 ? [alternativeNames(addresses)] : []));
      return { key, cert };
    },
  };

  function certify(subject: string, key: string, ...extensions: readonly Buffer[]): string {
    const content = der(
      TAG.sequence,
      der(inContext(0), der(TAG.integer, Buffer.of(2))), // version 3
      der(TAG.integer, Buffer.of(1), randomBytes(8)), // serial number, positive
      SIGNATURE,
      named(name),
      der(TAG.sequence, time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
      named(subject),
      createPublicKey(key).export({ type: 'spki', format: 'der' }),
      ...(extensions.length > 0 ? [der(inContext(3), der(TAG.sequence, ...extensions))] : []),
    );
    const signature = der(TAG.bits, Buffer.of(0), sign('sha256', content, issuer));
    return pem('CERTIFICATE', der(TAG.sequence, content, SIGNATURE, signature));
  }
}

const createKey = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const { length } = Buffer.concat(parts);
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 0x80 ? [length] : long)]), ...parts]);
}

const named = (name: string): Buffer =>
  der(TAG.sequence, der(TAG.set, der(TAG.sequence, OID.commonName, der(TAG.text, Buffer.from(name)))));

/** YYMMDDHHMMSSZ */
const time = (at: number): Buffer =>
  der(TAG.time, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replaceAll(/\D/g, '')}Z`));

function alternativeNames(addresses: readonly string[]): Buffer {
  const names = addresses.map((address) =>
    isIPv4(address)
      ? der(ADDRESS.ip, Buffer.from(address.split('.').map(Number)))
      : der(ADDRESS.host, Buffer.from(address)),
  );
  return der(TAG.sequence, OID.subjectAltName, der(TAG.octets, der(TAG.sequence, ...names)));
}

const pem = (label: string, content: Buffer): string =>
  [
    `-----BEGIN ${label}-----`,
    ...(content.toString('base64').match(/.{1,64}/g) ?? []),
    `-----END ${label}-----\n`,
  ].join('\n');
