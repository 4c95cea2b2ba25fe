import type { MonitoredFeatures, OpenAdapter, Tensor } from '../adapters/adapter.ts';
import { adapterNamed } from '../adapters.ts';
import { InvalidInput, InvalidPackage } from '../errors.ts';
import type { Instance, InstanceSchema } from '../instance/schema.ts';
import { cleanInstance, validInstance } from '../instance/validate.ts';
import type { DenseMatrix } from '../matrix.ts';
import { type LearningProblem, labelsOf, scoresOf as scoresIn, withinTask } from '../problem.ts';
import { assertScores, type ExamplePair } from './examples.ts';
import { MODEL_FILE } from './package.ts';
import { SIGNATURE_FILE, type Signature } from './signature.ts';
import type { PackageFiles } from './sums.ts';
import { type ModelPackage, validatePackage } from './validate.ts';

type Tensors = Readonly<Record<string, Tensor>>;
/** Runs the graph of a package. */
type Run = (inputs: Record<string, Tensor>) => Promise<Tensors>;

/** A package ready to serve, but for whatever runs its graph. */
export interface OpenPackage {
  readonly task: LearningProblem;
  readonly schema: InstanceSchema;
  /** the bytes of `model.onnx` */
  readonly onnx: Uint8Array;
  /** the content hash of the sealed dataset it was trained on, if its metadata name one */
  readonly trainedOn: string | undefined;
  /** instances with the scores that the model gave them when it was packed */
  readonly examples: readonly ExamplePair[];
  /** @throws InvalidInput `instance`, naming the field that is not as the schema says */
  validate(raw: unknown): Instance;
  /** A valid instance as the model reads it. */
  clean(instance: Instance): Instance;
  /** The inputs of the graph for one batch of valid and clean instances. */
  inputsOf(instances: readonly Instance[]): Record<string, Tensor>;
  /**
   * The outputs of the graph as one row per instance: a column for the probability of each label, or for the number, which
   * is kept within the range of the task. So the examples, the evaluation and the answers are of the same numbers.
   *
   * @throws InvalidPackage `mismatched` when they are something else
   */
  scoresOf(outputs: Tensors): DenseMatrix;
  /**
   * The scores of one batch of valid and clean instances: a run of the graph, and of a cascade a second one, for the instances
   * of which the first is unsure. The inputs of the first run are made before this returns.
   *
   * @throws InvalidPackage as `scoresOf`, and what `run` throws
   */
  score(instances: readonly Instance[], run: Run): Promise<DenseMatrix>;
  monitoredOf(instance: Instance): MonitoredFeatures;
  /**
   * Lets the graph score the example pairs.
   *
   * @throws InvalidPackage `mismatched`, naming the pair that differs, and by how much
   */
  checkExamples(run: Run): Promise<void>;
}

/** @throws InvalidPackage when the package is not whole, see `validatePackage` */
export function openPackage(files: PackageFiles): OpenPackage {
  const { onnx, signature, adapterData, metadata, examples }: ModelPackage = validatePackage(files);
  const { task, instance: schema } = signature;
  const adapter = openAdapter(signature, adapterData);
  const opened: OpenPackage = {
    task,
    schema,
    onnx,
    trainedOn: contentHashIn(metadata),
    examples,
    validate: (raw) => validInstance(schema, raw),
    clean: (instance) => cleanInstance(schema, instance),
    inputsOf: (instances) => adapter.inputsOf(instances),
    scoresOf: (outputs) => withinTask(task, scoresOf(outputs, signature)),
    score: (instances, run) =>
      scored(adapter, instances, async (inputs) => {
        const outputs = await run(inputs);
        return { outputs, scores: opened.scoresOf(outputs) };
      }),
    monitoredOf: (instance) => adapter.monitoredOf(instance),
    async checkExamples(run) {
      const instances = examples.map(({ instance }) => opened.clean(opened.validate(instance)));
      const scores = await opened.score(instances, run);
      const labels = labelsOf(task);
      assertScores(examples, scores, (score) => (labels ? `'${labels[score]}'` : 'the number'));
    },
  };
  return opened;
}

async function scored(
  adapter: OpenAdapter,
  instances: readonly Instance[],
  run: (inputs: Record<string, Tensor>) => Promise<{ outputs: Tensors; scores: DenseMatrix }>,
): Promise<DenseMatrix> {
  const { cascade } = adapter;
  if (!cascade) return (await run(adapter.inputsOf(instances))).scores;
  const { outputs, scores } = await run(cascade.inputsOf(instances));
  const unsure = cascade.unsureRows(outputs);
  if (unsure.length === 0) return scores;
  const { columns } = scores;
  const again = (await run(adapter.inputsOf(unsure.map((row) => instances[row]!)))).scores;
  const values = scores.values.slice();
  for (const [at, row] of unsure.entries())
    values.set(again.values.subarray(at * columns, (at + 1) * columns), row * columns);
  return { ...scores, values };
}

function openAdapter({ adapter, instance }: Signature, data: Uint8Array): OpenAdapter {
  try {
    return adapterNamed(adapter.name).open(adapter, data, instance);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidPackage('malformed', SIGNATURE_FILE, error.message, { cause: error });
  }
}

function scoresOf(outputs: Tensors, signature: Signature): DenseMatrix {
  const { dims = [], data: values } = outputs[signature.scores] ?? {};
  const [rows, columns = 1, ...more] = dims;
  const expected = scoresIn(signature.task);
  if (!(values instanceof Float32Array) || more.length > 0 || columns !== expected || !rows) {
    const shape = `[batch, ${expected}]`;
    throw new InvalidPackage(
      'mismatched',
      MODEL_FILE,
      `its output "${signature.scores}" must be float ${shape}, and is ${values ? `[${dims.join(', ')}]` : 'missing'}`,
    );
  }
  return { rows, columns, values };
}

function contentHashIn({ dataset }: ModelPackage['metadata']): string | undefined {
  const isObject = typeof dataset === 'object' && dataset !== null;
  return isObject && 'sha256' in dataset && typeof dataset.sha256 === 'string' ? dataset.sha256 : undefined;
}
