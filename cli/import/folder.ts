import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDeclaration } from '../../kernel/declaration.ts';
import { EpochlogError, messageOf, systemCodeOf } from '../../kernel/errors.ts';
import {
  EXTERNAL_SIGNATURE_FILE,
  type ExternalSignature,
  externalSignature,
} from '../../ml/package/external-signature.ts';

const MiB = 1024 * 1024;
const MAX_MODEL_BYTES = 256 * MiB;
const MAX_SIGNATURE_BYTES = MiB;

/** A folder with a model that was trained elsewhere, as it was read. */
export interface ExternalFolder {
  readonly signature: ExternalSignature;
  readonly onnx: Uint8Array;
}

/**
 * Reads `signature.yaml` and the graph that it names. INPUT_UNREADABLE, INPUT_INVALID, naming the file, what is wrong
 * with it, and what to do.
 */
export async function readExternalFolder(folder: string): Promise<ExternalFolder> {
  const file = join(folder, EXTERNAL_SIGNATURE_FILE);
  const text = new TextDecoder().decode(
    await readWithin(folder, EXTERNAL_SIGNATURE_FILE, MAX_SIGNATURE_BYTES),
  );
  const signature = parseDeclaration(file, text, externalSignature);
  return { signature, onnx: await readWithin(folder, signature.model, MAX_MODEL_BYTES) };
}

/** A file of the folder itself: a link that leads out of it is not followed. */
async function readWithin(folder: string, name: string, maxBytes: number): Promise<Uint8Array> {
  const path = join(folder, name);
  try {
    if (dirname(await realpath(path)) !== (await realpath(folder))) {
      throw new EpochlogError('INPUT_INVALID', `${path} leads out of the folder: copy the file into it`);
    }
    const { size } = await stat(path);
    if (size > maxBytes) {
      const sizes = `${Math.ceil(size / MiB)} MiB, more than the ${maxBytes / MiB} MiB`;
      throw new EpochlogError('INPUT_INVALID', `${path} has ${sizes} that are supported`);
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof EpochlogError) throw error;
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new EpochlogError('INPUT_UNREADABLE', `cannot read ${path}: ${why}`, { cause: error });
  }
}
