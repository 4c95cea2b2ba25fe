import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startInference } from '../../infra/inference/inference.ts';
import { filesOfBundle } from '../../kernel/bundle.ts';
import { EpochlogError, systemCodeOf } from '../../kernel/errors.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import { InvalidInput, InvalidPackage } from '../../ml/errors.ts';
import { openPackage } from '../../ml/package/open.ts';
import { SIGNATURE_OF_SUMS, verifySignature } from '../../ml/package/signing.ts';
import { SUMS_FILE } from '../../ml/package/sums.ts';
import { validatePackage } from '../../ml/package/validate.ts';
import type { CheckedModel, ImportContext } from './check.ts';

/**
 * Checks a package that `version export` wrote: its checksums, its examples, and who signed it where a public key is given.
 * INPUT_INVALID names the file that is at fault.
 */
export async function checkPackaged(
  folder: string,
  { datasets }: Pick<ImportContext, 'datasets'>,
  publicKey?: string,
): Promise<CheckedModel> {
  const read = (name: string) =>
    readFile(join(folder, name)).catch((cause: unknown) => {
      if (systemCodeOf(cause) === 'ENOENT') return undefined;
      throw new EpochlogError(
        'INPUT_INVALID',
        `${join(folder, name)} cannot be read (${systemCodeOf(cause)})`,
        { cause },
      );
    });
  try {
    const sums = await read(SUMS_FILE);
    if (!sums) throw new InvalidPackage('missing', SUMS_FILE, 'missing');
    const files = new Map<string, Uint8Array>([[SUMS_FILE, sums]]);
    for (const { name } of filesOfBundle(sums)) {
      if (name.includes('/') || name.includes('\\'))
        throw new InvalidPackage('malformed', SUMS_FILE, `names ${name}`);
      const bytes = await read(name);
      if (bytes) files.set(name, bytes);
    }
    if (publicKey !== undefined) verifySignature(files, await read(SIGNATURE_OF_SUMS), publicKey);
    const { metadata, signature, examples } = validatePackage(files);
    await checkExamples(files);
    const task = signature.task.name;
    const trainedOn = nameIn(metadata.dataset, 'id');
    const dataset =
      datasets.get(trainedOn ?? '') ?? [...datasets.values()].findLast((one) => one.task === task);
    const origin = {
      ...{ task, dataset: undefined, trainedOn: trainedOn ?? '', libraries: {}, parameters: {}, metrics: {} },
      trainer: nameIn(metadata, 'engine') ?? 'epochlog',
    };
    return { files, signature: { ...origin, examples }, task, dataset };
  } catch (error) {
    if (!(error instanceof InvalidPackage || error instanceof InvalidInput)) throw error;
    throw new EpochlogError('INPUT_INVALID', `${folder}: ${error.message}`, { cause: error });
  }
}

async function checkExamples(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const opened = openPackage(files);
  const inference = startInference({ logger: NO_LOGGER, processes: 1 });
  try {
    const session = await inference.open(opened.onnx);
    await opened.checkExamples(session.run);
  } finally {
    await inference.close();
  }
}

function nameIn(object: unknown, key: string): string | undefined {
  const value: unknown = typeof object === 'object' && object !== null ? Reflect.get(object, key) : undefined;
  return typeof value === 'string' ? value : undefined;
}
