import { createHash } from 'node:crypto';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Digest } from '../../kernel/ports/artifacts.ts';

const DIGEST = /^sha256:(([0-9a-f]{2})[0-9a-f]{62})$/;

export const isDigest = (text: string): boolean => DIGEST.test(text);

export const digestOf = (bytes: Uint8Array): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** The digest of what a stream holds; `onChunk` is given each piece on its way. */
export async function digestOfStream(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onChunk?: (chunk: Uint8Array) => void,
): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of stream) {
    hash.update(chunk);
    onChunk?.(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** Where the bytes of a digest lie below the root of a store: `sha256/ab/abcdef…`. ARTIFACT_MISSING for no digest. */
export function pathOf(digest: string): string {
  const [, hex, folder] = DIGEST.exec(digest) ?? [];
  if (hex && folder) return `sha256/${folder}/${hex}`;
  throw new EpochlogError(
    'ARTIFACT_MISSING',
    `'${digest}' is no digest: 'sha256:' and 64 hexadecimal digits`,
  );
}

export const artifactMissing = (digest: string, store: string): EpochlogError =>
  new EpochlogError('ARTIFACT_MISSING', `no artifact ${digest} in ${store}`);

export const artifactCorrupt = (path: string): EpochlogError =>
  new EpochlogError(
    'ARTIFACT_CORRUPT',
    `${path} does not hold what its name says; restore it from a backup, or store it again`,
  );
