import type { z } from 'zod';
import { InvalidPackage } from '../errors.ts';
import { sha256 } from '../hash.ts';
import { describeTensor, type GraphTensor, type GraphTypes, readGraphTypes } from '../onnx/graph-types.ts';
import { ELEMENT_TYPE } from '../onnx/model-proto.ts';
import { scoresOf } from '../problem.ts';
import { EXAMPLES_FILE, type ExamplePair, examplesSchema } from './examples.ts';
import { METADATA_FILE } from './metadata.ts';
import { MODEL_CARD_FILE } from './model-card.ts';
import { MODEL_FILE } from './package.ts';
import { SIGNATURE_FILE, type Signature, signatureSchema } from './signature.ts';
import { type PackageFiles, SUMS_FILE, verifySums } from './sums.ts';

const REQUIRED = [MODEL_FILE, SIGNATURE_FILE, METADATA_FILE, MODEL_CARD_FILE, EXAMPLES_FILE, SUMS_FILE];

/** A package found whole. */
export interface ModelPackage {
  /** The SHA-256 of `SHA256SUMS`, and so of everything in the package. */
  readonly digest: string;
  readonly onnx: Uint8Array;
  readonly signature: Signature;
  /** the bytes of the adapter's file */
  readonly adapterData: Uint8Array;
  readonly examples: readonly ExamplePair[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * Checks that a package is whole, unaltered, and that its parts belong together.
 *
 * @throws InvalidPackage naming the file that is `missing`, `unexpected`, `altered` (or truncated),
 *   `malformed`, or `mismatched` with another
 */
export function validatePackage(files: PackageFiles): ModelPackage {
  for (const name of REQUIRED) if (!files.has(name)) throw new InvalidPackage('missing', name, 'missing');
  verifySums(files);
  const onnx = files.get(MODEL_FILE)!;
  const signature = parsed(files, SIGNATURE_FILE, signatureSchema);
  const { file } = signature.adapter;
  const adapterData = files.get(file);
  if (!adapterData) throw new InvalidPackage('missing', file, `missing: ${SIGNATURE_FILE} names it`);
  assertTogether(onnx, signature, adapterData);
  const examples = parsed(files, EXAMPLES_FILE, examplesSchema);
  const scores = scoresOf(signature.task);
  for (const [at, pair] of examples.entries()) {
    if (pair.scores.length === scores) continue;
    const reason = `example ${at + 1} has ${pair.scores.length} scores, but ${SIGNATURE_FILE} says ${scores}`;
    throw new InvalidPackage('mismatched', EXAMPLES_FILE, reason);
  }
  const metadata = { ...object(files, METADATA_FILE) };
  return { digest: sha256(files.get(SUMS_FILE)!), onnx, signature, adapterData, examples, metadata };
}

/** What the graph says of itself is what the other files say; a graph made elsewhere may say less. */
function assertTogether(onnx: Uint8Array, signature: Signature, data: Uint8Array): void {
  const { task, adapter } = signature;
  const graph = readGraph(onnx);
  const { labels, adapter_sha256: adapterSha256 } = graph.metadata;
  if (adapterSha256 !== undefined && adapterSha256 !== sha256(data)) {
    throw new InvalidPackage('mismatched', adapter.file, `not the data that ${MODEL_FILE} was made for`);
  }
  const own = task.type === 'regression' ? undefined : JSON.stringify(task.labels);
  if (labels !== undefined && labels !== own) {
    throw new InvalidPackage('mismatched', SIGNATURE_FILE, `its labels are not those of ${MODEL_FILE}`);
  }
  if (!signature.outputs.some(({ name }) => name === signature.scores)) {
    throw new InvalidPackage('malformed', SIGNATURE_FILE, `"scores" names no output: ${signature.scores}`);
  }
  for (const input of graph.inputs) {
    if (signature.inputs.some(({ name }) => name === input.name)) continue;
    throw new InvalidPackage('mismatched', SIGNATURE_FILE, `${MODEL_FILE} also takes "${input.name}"`);
  }
  for (const tensor of signature.inputs) assertTensor(tensor, graph.inputs, 'takes');
  for (const tensor of signature.outputs) assertTensor(tensor, graph.outputs, 'gives');
}

/**
 * What a graph says of itself. Values that are in other files would be read from wherever the graph says.
 *
 * @throws InvalidPackage `malformed` for what is no ONNX model, or not one by itself
 */
export function readGraph(onnx: Uint8Array): GraphTypes {
  const graph = wholeGraph(onnx);
  if (graph.external === undefined) return graph;
  throw new InvalidPackage(
    'malformed',
    MODEL_FILE,
    `the values of "${graph.external}" are in another file: save the model as one (onnx.save_model(model, path, save_as_external_data=False))`,
  );
}

function wholeGraph(onnx: Uint8Array): GraphTypes {
  try {
    return readGraphTypes(onnx);
  } catch (cause) {
    throw new InvalidPackage('malformed', MODEL_FILE, 'not a whole ONNX model', { cause });
  }
}

/** The graph has a tensor of that name, and of that type and shape as far as both are fixed. */
function assertTensor(
  { name, type, shape }: Signature['inputs'][number],
  graph: GraphTensor[],
  verb: string,
): void {
  const declared = graph.find((tensor) => tensor.name === name);
  if (!declared) {
    const names = graph.map((tensor) => `"${tensor.name}"`).join(', ');
    throw new InvalidPackage(
      'mismatched',
      SIGNATURE_FILE,
      `${MODEL_FILE} ${verb} no "${name}", but ${names}`,
    );
  }
  const isOther = (size: number | string, at: number) =>
    typeof size === 'number' && typeof shape[at] === 'number' && size !== shape[at];
  const sizes = declared.shape ?? shape;
  const fits =
    declared.elementType === ELEMENT_TYPE[type] && sizes.length === shape.length && !sizes.some(isOther);
  if (fits) return;
  const said = describeTensor({ elementType: declared.elementType, shape: sizes });
  throw new InvalidPackage(
    'mismatched',
    SIGNATURE_FILE,
    `${MODEL_FILE} ${verb} "${name}" as ${said}, not ${type} [${shape.join(', ')}]`,
  );
}

function parsed<T>(files: PackageFiles, name: string, schema: z.ZodType<T>): T {
  const { data, error } = schema.safeParse(object(files, name));
  if (data !== undefined) return data;
  const { path, message } = error!.issues[0]!;
  const where = path.length > 0 ? `"${path.join('.')}": ` : '';
  throw new InvalidPackage('malformed', name, `${where}${message}`, { cause: error });
}

function object(files: PackageFiles, name: string): object {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(files.get(name)));
    if (typeof value === 'object' && value !== null) return value;
    throw new TypeError('not an object');
  } catch (cause) {
    throw new InvalidPackage('malformed', name, 'not JSON; is it truncated?', { cause });
  }
}
