import { withThreshold } from '../calibration/threshold.ts';
import type { ExportedModel, TrainedModel, TrainingData } from '../engines/engine.ts';
import { InvalidInput } from '../errors.ts';
import type { DenseMatrix } from '../matrix.ts';
import { measure, numbersIn } from '../metrics/measure.ts';
import { type LearningProblem, withinTask } from '../problem.ts';
import { EXAMPLES_FILE, examplePairs } from './examples.ts';
import { type DatasetProvenance, METADATA_FILE, type PackageMetadata } from './metadata.ts';
import { MODEL_CARD_FILE, modelCard } from './model-card.ts';
import { SIGNATURE_FILE, type Signature } from './signature.ts';
import { formatSums, SUMS_FILE } from './sums.ts';

export const MODEL_FILE = 'model.onnx';

/** What is packed besides the model and what it was trained on. */
export interface PackageDescription {
  readonly name: string;
  readonly engine: string;
  readonly dataset: DatasetProvenance;
}

export interface BuiltPackage {
  readonly files: Map<string, Uint8Array>;
  /** those of the model on the validation examples that are one number, by name */
  readonly metrics: Readonly<Record<string, number>>;
  /** what the model answers to the validation examples */
  readonly answers: { readonly task: LearningProblem; readonly scores: DenseMatrix };
}

/**
 * The files of a model package. The same model and description give the same bytes.
 *
 * @throws InvalidInput `no-samples` without validation examples: they measure the model, and are the example pairs
 */
export async function buildPackage(
  trained: TrainedModel,
  data: TrainingData,
  { name, engine, dataset }: PackageDescription,
): Promise<BuiltPackage> {
  const { schema, validation, parameters, seed, start } = data;
  if (validation.length === 0) throw new InvalidInput('no-samples', 'there are no samples to validate on');
  const model = trained.export();
  const instances = validation.map(({ instance }) => instance);
  const scores = withinTask(data.task, trained.validationScores ?? (await trained.predict(instances)));
  const unseen = trained.unseenScores ?? scores;
  const task = withThreshold(data.task, unseen, validation, parameters);
  const { epochs, bestEpoch, stoppedEarly } = trained;
  const measured = measure(task, unseen, validation);
  const metadata: PackageMetadata = {
    name,
    engine,
    parameters,
    seed,
    dataset,
    ...(start && { start: { version: start.version, package: start.package } }),
    training: { epochs, bestEpoch, stoppedEarly },
    details: model.details,
    metrics: { split: 'validation', ...measured },
  };
  const files = new Map([
    [MODEL_FILE, model.onnx],
    [model.adapter.settings.file, model.adapter.data],
    [SIGNATURE_FILE, json(signatureOf(model, task, schema))],
    [METADATA_FILE, json(metadata)],
    [MODEL_CARD_FILE, utf8(modelCard(metadata, model, task, schema))],
    [EXAMPLES_FILE, json(examplePairs(instances, scores))],
  ]);
  files.set(SUMS_FILE, utf8(formatSums(files)));
  return { files, metrics: numbersIn(measured), answers: { task, scores } };
}

function signatureOf(
  { adapter, outputs }: ExportedModel,
  task: LearningProblem,
  instance: Signature['instance'],
): Signature {
  return {
    format: 'epochlog-package-2',
    task,
    instance,
    adapter: { ...adapter.settings },
    inputs: adapter.inputs.map(toTensor),
    outputs: outputs.map(toTensor),
    scores: outputs[0]!.name,
  };
}

const toTensor = ({ name, type, shape }: ExportedModel['outputs'][number]) => ({
  name,
  type,
  shape: [...shape],
});

function json(value: unknown): Uint8Array {
  return utf8(`${JSON.stringify(value, null, 2)}\n`);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
