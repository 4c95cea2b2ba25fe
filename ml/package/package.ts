import { InvalidPackage } from '../errors.ts';
import { FEATURES_FILE, parseFeatures, serialiseFeatures } from '../features/features-file.ts';
import type { Featuriser } from '../features/tfidf.ts';
import type { TrainedLinear } from '../linear/train.ts';
import { exportLinear } from '../onnx/linear.ts';
import { readMetadata } from '../onnx/model-proto.ts';
import { type DatasetProvenance, linearMetadata, METADATA_FILE, type PackageMetadata } from './metadata.ts';
import { MODEL_CARD_FILE, modelCard } from './model-card.ts';
import { linearSignature, SIGNATURE_FILE, type Signature } from './signature.ts';
import { formatSums, type PackageFiles, SUMS_FILE, sha256, verifySums } from './sums.ts';

export const MODEL_FILE = 'model.onnx';

const REQUIRED = [MODEL_FILE, FEATURES_FILE, SIGNATURE_FILE, METADATA_FILE, MODEL_CARD_FILE];

/** A package found whole, ready to serve. */
export interface ModelPackage {
  /** The SHA-256 of `SHA256SUMS`, and so of everything in the package. */
  readonly digest: string;
  readonly onnx: Uint8Array;
  readonly featuriser: Featuriser;
  readonly signature: Signature;
  readonly temperature: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What is packed besides the model. */
export interface PackageDescription {
  readonly name: string;
  readonly dataset: DatasetProvenance;
  readonly metrics: PackageMetadata['metrics'];
}

/** The files of a model package. The same model and description give the same bytes. */
export function buildPackage(model: TrainedLinear, description: PackageDescription): Map<string, Uint8Array> {
  const features = serialiseFeatures(model.featuriser);
  const metadata = linearMetadata(description.name, model, description.dataset, description.metrics);
  const files = new Map([
    [MODEL_FILE, exportLinear(model, sha256(features))],
    [FEATURES_FILE, features],
    [SIGNATURE_FILE, json(linearSignature(model))],
    [METADATA_FILE, json(metadata)],
    [MODEL_CARD_FILE, utf8(modelCard(metadata))],
  ]);
  return files.set(SUMS_FILE, utf8(formatSums(files)));
}

/**
 * Checks that a package is whole, unaltered, and that its parts belong together.
 *
 * @throws InvalidPackage naming the file that is `missing`, `unexpected`, `altered` (or truncated),
 *   `malformed`, or `mismatched` with another
 */
export function validatePackage(files: PackageFiles): ModelPackage {
  for (const name of [...REQUIRED, SUMS_FILE]) {
    if (!files.has(name)) throw new InvalidPackage('missing', name, 'missing');
  }
  verifySums(files);
  const onnx = files.get(MODEL_FILE)!;
  const features = files.get(FEATURES_FILE)!;
  const { labels, temperature, featuresSha256 } = modelMetadata(onnx);
  if (featuresSha256 !== sha256(features)) {
    throw new InvalidPackage('mismatched', FEATURES_FILE, `not the features that ${MODEL_FILE} was made for`);
  }
  const featuriser = parseFeatures(features);
  const titleWeight = titleWeightOf(parseObject(files, SIGNATURE_FILE));
  const signature = linearSignature({ labels, titleWeight, featuriser });
  if (sha256(json(signature)) !== sha256(files.get(SIGNATURE_FILE)!)) {
    throw new InvalidPackage('mismatched', SIGNATURE_FILE, `not the signature of ${MODEL_FILE}`);
  }
  const metadata = parseObject(files, METADATA_FILE);
  return { digest: sha256(files.get(SUMS_FILE)!), onnx, featuriser, signature, temperature, metadata };
}

function modelMetadata(onnx: Uint8Array): { labels: string[]; temperature: number; featuresSha256: string } {
  try {
    const metadata = readMetadata(onnx);
    const labels: unknown = JSON.parse(metadata.get('labels') ?? '');
    const temperature = Number(metadata.get('temperature'));
    if (!isTexts(labels) || !(temperature > 0)) throw new RangeError('no labels or no temperature');
    return { labels, temperature, featuresSha256: metadata.get('features_sha256') ?? '' };
  } catch (cause) {
    throw new InvalidPackage('malformed', MODEL_FILE, 'not a whole model with its metadata', { cause });
  }
}

function titleWeightOf({ text }: Record<string, unknown>): number {
  if (typeof text === 'object' && text !== null && 'titleWeight' in text) {
    if (typeof text.titleWeight === 'number') return text.titleWeight;
  }
  throw new InvalidPackage('malformed', SIGNATURE_FILE, '"text.titleWeight" must be a number');
}

function parseObject(files: PackageFiles, name: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(files.get(name)));
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
    throw new TypeError('not an object');
  } catch (cause) {
    throw new InvalidPackage('malformed', name, 'not a JSON object; is it truncated?', { cause });
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function json(value: unknown): Uint8Array {
  return utf8(`${JSON.stringify(value, null, 2)}\n`);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
