import type { PackageFiles } from '../package/sums.ts';
import { validatePackage } from '../package/validate.ts';
import { huggingFaceFolder } from './folder.ts';
import { packedEncoder } from './packed.ts';

/**
 * The encoder of a package in the layout of Hugging Face: see `huggingFaceFolder`. Of a blend it is the encoder's half.
 *
 * @throws InvalidPackage when the package is not whole; InvalidInput `layout` when no encoder is in it
 */
export const huggingFaceExport = (files: PackageFiles): Map<string, Uint8Array> =>
  huggingFaceFolder(packedEncoder(validatePackage(files)));
