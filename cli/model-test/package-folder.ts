import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EpochlogError, messageOf, systemCodeOf } from '../../kernel/errors.ts';
import { InvalidPackage } from '../../ml/errors.ts';
import { type ModelPackage, validatePackage } from '../../ml/package/validate.ts';

const MAX_BYTES = 1 << 30;
const MAX_FILES = 100;

/** A package as it lies in a folder, whole and unaltered. */
export interface PackageFolder {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly pkg: ModelPackage;
  readonly bytes: number;
}

/** INPUT_UNREADABLE when the folder cannot be read, PACKAGE_INVALID when a file of it is missing, altered, or one too many. */
export async function readPackageFolder(folder: string): Promise<PackageFolder> {
  const files = await filesIn(folder);
  try {
    const pkg = validatePackage(files);
    return { files, pkg, bytes: files.values().reduce((sum, { byteLength }) => sum + byteLength, 0) };
  } catch (error) {
    if (!(error instanceof InvalidPackage)) throw error;
    throw new EpochlogError('PACKAGE_INVALID', `${folder}: ${error.message}`, { cause: error });
  }
}

async function filesIn(folder: string): Promise<Map<string, Uint8Array>> {
  try {
    const names = await readdir(folder);
    if (names.length > MAX_FILES)
      throw new EpochlogError('INPUT_INVALID', `${folder} is no package: it has ${names.length} files`);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
    if (sizes.reduce((sum, size) => sum + size, 0) > MAX_BYTES)
      throw new EpochlogError('INPUT_INVALID', `${folder} is larger than ${MAX_BYTES >> 20} MiB`);
    return new Map(
      await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
    );
  } catch (error) {
    if (error instanceof EpochlogError) throw error;
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such folder' : messageOf(error);
    throw new EpochlogError(
      'INPUT_UNREADABLE',
      `cannot read the package ${folder}: ${why}; \`npx epochlog version export --to FOLDER\` writes one`,
      { cause: error },
    );
  }
}
