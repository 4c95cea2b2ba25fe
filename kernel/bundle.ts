import { createHash } from 'node:crypto';
import { EpochlogError } from './errors.ts';
import type { ArtifactStore, Digest } from './ports/artifacts.ts';

const SUMS = 'SHA256SUMS';

export const digestOf = (bytes: Uint8Array): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/**
 * Stores a folder of files, each under its own digest, and returns the digest of its SHA256SUMS: one address
 * for them all, that proves every byte. The folder must bring its SHA256SUMS (`<64 hex>  <name>` a line).
 */
export async function putBundle(
  artifacts: ArtifactStore,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Digest> {
  const sums = files.get(SUMS);
  if (!sums) throw new EpochlogError('PACKAGE_INVALID', `a bundle needs a ${SUMS}`);
  const stored = filesOfBundle(sums).map(async ({ name, digest }) => {
    const bytes = files.get(name);
    if (!bytes) throw new EpochlogError('PACKAGE_INVALID', `${SUMS} lists ${name}, which is not there`);
    if ((await artifacts.put(bytes)) !== digest) {
      throw new EpochlogError('PACKAGE_INVALID', `${name} does not match its line in ${SUMS}`);
    }
  });
  await Promise.all(stored);
  return artifacts.put(sums);
}

/** The files of a bundle by name, SHA256SUMS among them, all verified. ARTIFACT_MISSING or ARTIFACT_CORRUPT else. */
export async function getBundle(artifacts: ArtifactStore, digest: string): Promise<Map<string, Uint8Array>> {
  const sums = await artifacts.get(digest);
  const files = new Map<string, Uint8Array>([[SUMS, sums]]);
  for (const { name, digest: fileDigest } of filesOfBundle(sums))
    files.set(name, await artifacts.get(fileDigest));
  return files;
}

/** The files that a SHA256SUMS lists, without itself. PACKAGE_INVALID when it is none. */
export function filesOfBundle(sums: Uint8Array): { name: string; digest: Digest }[] {
  const lines = Buffer.from(sums).toString('utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const match = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line);
    if (!match)
      throw new EpochlogError('PACKAGE_INVALID', `${SUMS} has an unreadable line: ${line.slice(0, 100)}`);
    return { name: match[2]!, digest: `sha256:${match[1]}` };
  });
}
