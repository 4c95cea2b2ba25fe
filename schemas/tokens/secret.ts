import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';

/** All tokens of the log begin with it, so that they are recognised where they do not belong. */
export const TOKEN_PREFIX = 'epl_';

const ID_LENGTH = 12;
const SECRET_BYTES = 32;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const FORM = /^epl_(?<id>[a-z2-7]{12})_(?<secret>[\w-]{43})(?<sum>[0-9a-f]{8})$/;

/** The cost of scrypt: 2^15 rounds over blocks of 8 × 128 bytes, 32 MiB and some 60 ms a hash. */
const COST = { ln: 15, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const HASH_FORM = /^\$scrypt\$ln=15,r=8,p=1\$(?<salt>[A-Za-z0-9+/]{22})\$(?<hash>[A-Za-z0-9+/]{43})$/;

const scryptOf = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** The parts of a token. */
export interface TokenParts {
  readonly id: string;
  readonly secret: string;
}

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** A new token: its prefix, its id, 256 random bits, and a checksum that tells a misspelt one without a look at the log. */
export function newToken(): TokenParts & { token: string } {
  const id = [...randomBytes(ID_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const text = `${TOKEN_PREFIX}${id}_${secret}`;
  return { id, secret, token: `${text}${sumOf(text)}` };
}

/** The parts of a token; undefined for a text that is none, also by its checksum. */
export function parseToken(token: string): TokenParts | undefined {
  const { id, secret, sum } = FORM.exec(token)?.groups ?? {};
  if (id === undefined || secret === undefined) return undefined;
  return sum === sumOf(`${TOKEN_PREFIX}${id}_${secret}`) ? { id, secret } : undefined;
}

const digest = (secret: string, salt: Buffer): Promise<Buffer> => {
  const N = 2 ** COST.ln;
  return scryptOf(secret, salt, HASH_BYTES, { N, r: COST.r, p: COST.p, maxmem: 2 * 128 * N * COST.r });
};

const plain = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** The hash of a secret with a new salt, as the log keeps it (PHC string format). */
export async function hashOf(secret: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const { ln, r, p } = COST;
  return `$scrypt$ln=${ln},r=${r},p=${p}$${plain(salt)}$${plain(await digest(secret, salt))}`;
}

/** Whether a text is a hash of the cost that is asked for here. */
export const isHash = (text: string): boolean => HASH_FORM.test(text);

/** Whether a hash is that of a secret. Takes some 60 ms of a core, on a thread of its own. */
export async function isHashOf(hash: string, secret: string): Promise<boolean> {
  const { salt, hash: wanted } = HASH_FORM.exec(hash)?.groups ?? {};
  if (salt === undefined || wanted === undefined) return false;
  return timingSafeEqual(await digest(secret, Buffer.from(salt, 'base64')), Buffer.from(wanted, 'base64'));
}
