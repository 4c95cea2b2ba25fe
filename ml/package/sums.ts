import { InvalidPackage } from '../errors.ts';
import { sha256 } from '../hash.ts';

/** The files of a package by name. */
export type PackageFiles = ReadonlyMap<string, Uint8Array>;

export const SUMS_FILE = 'SHA256SUMS';

/** What `sha256sum` would print for the files, in the order of their names. */
export function formatSums(files: PackageFiles): string {
  return [...files.keys()]
    .sort()
    .map((name) => `${sha256(files.get(name)!)}  ${name}\n`)
    .join('');
}

/**
 * Checks every file against `SHA256SUMS`.
 *
 * @throws InvalidPackage naming the file that is `missing`, `unexpected` or `altered`, or the sums `malformed`
 */
export function verifySums(files: PackageFiles): void {
  const sums = files.get(SUMS_FILE);
  if (!sums) throw new InvalidPackage('missing', SUMS_FILE, 'missing');
  const expected = parseSums(new TextDecoder().decode(sums));
  for (const [name, digest] of expected) {
    const bytes = files.get(name);
    if (!bytes) throw new InvalidPackage('missing', name, 'missing');
    if (sha256(bytes) === digest) continue;
    throw new InvalidPackage(
      'altered',
      name,
      `truncated or altered: its ${bytes.length} bytes are not those of ${SUMS_FILE}`,
    );
  }
  for (const name of files.keys()) {
    if (name === SUMS_FILE || expected.has(name)) continue;
    throw new InvalidPackage('unexpected', name, `not listed in ${SUMS_FILE}`);
  }
}

function parseSums(text: string): Map<string, string> {
  const lines = text.split('\n');
  if (lines.pop() !== '')
    throw new InvalidPackage('malformed', SUMS_FILE, 'truncated: the last line has no end');
  return new Map(
    lines.map((line, at) => {
      const [, digest, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      if (!digest || !name)
        throw new InvalidPackage('malformed', SUMS_FILE, `line ${at + 1} is not "<digest>  <file>"`);
      return [name, digest];
    }),
  );
}
