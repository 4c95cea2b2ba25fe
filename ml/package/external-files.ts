import type { FittedAdapter } from '../adapters/adapter.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import type { LearningProblem } from '../problem.ts';
import { EXAMPLES_FILE, type ExamplePair } from './examples.ts';
import { externalCard } from './external-card.ts';
import type { ExternalSignature } from './external-signature.ts';
import { METADATA_FILE } from './metadata.ts';
import { MODEL_CARD_FILE } from './model-card.ts';
import { MODEL_FILE } from './package.ts';
import { SIGNATURE_FILE, type Signature } from './signature.ts';
import { formatSums, SUMS_FILE } from './sums.ts';

/** A model that was trained elsewhere, and what it is to learn. */
export interface ExternalModel {
  readonly name: string;
  readonly signature: ExternalSignature;
  readonly onnx: Uint8Array;
  /** classes are null where the task names none: they are those of the signature then */
  readonly task:
    | Extract<LearningProblem, { type: 'regression' }>
    | { name: string; type: 'classification' | 'multilabel'; labels: readonly string[] | null };
  readonly schema: InstanceSchema;
  /** of the dataset that the signature names, its content hash */
  readonly contentHash: string | null;
}

/** What follows from the model and its graph. */
interface Parts {
  /** classes in the order of the graph */
  readonly task: LearningProblem;
  readonly adapter: FittedAdapter;
  readonly outputs: Signature['outputs'];
  readonly examples: readonly ExamplePair[];
}

/** The files of its package. The same model and parts give the same bytes. */
export function externalFiles(
  model: ExternalModel,
  { task, adapter, outputs, examples }: Parts,
): Map<string, Uint8Array> {
  const { name, signature, schema, onnx, contentHash } = model;
  const { trainer, parameters, metrics, libraries, trainedOn, dataset } = signature;
  const packed: Signature = {
    format: 'epochlog-package-2',
    task,
    instance: schema,
    adapter: { ...adapter.settings },
    inputs: adapter.inputs.map((input) => ({ ...input, shape: [...input.shape] })),
    outputs,
    scores: outputs[0]!.name,
  };
  const provenance =
    contentHash === null
      ? { description: trainedOn }
      : { id: dataset, sha256: contentHash, description: trainedOn };
  const metadata = {
    name,
    engine: trainer,
    imported: true,
    parameters,
    metrics,
    libraries,
    dataset: provenance,
  };
  const files = new Map([
    [MODEL_FILE, onnx],
    [adapter.settings.file, adapter.data],
    [SIGNATURE_FILE, json(packed)],
    [METADATA_FILE, json(metadata)],
    [MODEL_CARD_FILE, utf8(externalCard(name, signature, task, schema))],
    [EXAMPLES_FILE, json(examples)],
  ]);
  return files.set(SUMS_FILE, utf8(formatSums(files)));
}

const json = (value: unknown): Uint8Array => utf8(`${JSON.stringify(value, null, 2)}\n`);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
