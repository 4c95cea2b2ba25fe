import { putBundle } from '../../kernel/bundle.ts';
import { parseDeclaration } from '../../kernel/declaration.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { decodeDataset } from '../../ml/dataset/read.ts';
import { InvalidInput, InvalidPackage } from '../../ml/errors.ts';
import { packComputed, packExternal } from '../../ml/package/external.ts';
import type { ExternalModel } from '../../ml/package/external-files.ts';
import {
  EXTERNAL_SIGNATURE_FILE,
  type ExternalSignature,
  externalSignature,
} from '../../ml/package/external-signature.ts';
import { readGraph } from '../../ml/package/validate.ts';
import type { ServiceContext } from '../../schemas/catalogue.ts';
import type { DatasetSealed, RegisteredVersionCreated } from '../../schemas/events.generated.ts';
import { problemOf } from '../../tasks/problem.ts';
import type { Task } from '../../tasks/task.ts';
import type { TrackedFiles } from './files.ts';
import { graphFileOf, MLMODEL, mlmodelSchema, signatureOf } from './mlmodel.ts';

/** samples of the dataset whose answers are kept as the examples of a package */
const EXAMPLES = 5;
/** tags of a version: the dataset that it was trained on, and its classes in the order of its probabilities, as JSON */
const DATASET_TAG = 'epochlog.dataset_id';
const CLASSES_TAG = 'epochlog.classes';

export interface Imported {
  readonly digest: string;
  readonly signature: ExternalSignature;
  readonly dataset: DatasetSealed;
}

export interface Known {
  readonly files: TrackedFiles;
  readonly task: Task;
  /** by id, the last one at the end */
  readonly datasets: ReadonlyMap<string, DatasetSealed>;
}

/**
 * Makes a package of what a client has stored, and stores it.
 *
 * @throws EpochlogError INPUT_INVALID, NOT_FOUND: what is missing or does not agree, and what to do
 */
export async function importVersion(
  created: RegisteredVersionCreated,
  { files, task, datasets }: Known,
  { artifacts, inference }: Pick<ServiceContext, 'artifacts' | 'inference'>,
): Promise<Imported> {
  const folder = files.folderOf(created);
  if (folder === undefined)
    throw invalid(
      `the files at ${created.source.slice(0, 200)} are not stored here: log the model with a client of this server`,
    );
  const named = datasetNamedBy(created);
  const dataset = datasetFor(created, task.name, datasets);
  if (dataset?.task !== task.name)
    throw new EpochlogError(
      'NOT_FOUND',
      `the tag ${DATASET_TAG} names ${named}, which is no dataset of the task ${task.name}: \`epochlog dataset list\` lists them`,
    );
  const read = async (name: string) => {
    const digest = files.digestOf(folder, name);
    if (digest === undefined) throw invalid(`there is no ${name} in ${folder}`);
    return artifacts.get(digest);
  };
  try {
    const own = files.digestOf(folder, EXTERNAL_SIGNATURE_FILE);
    const mlmodel =
      own === undefined ? parseDeclaration(MLMODEL, textOf(await read(MLMODEL)), mlmodelSchema) : undefined;
    const given =
      own === undefined
        ? undefined
        : parseDeclaration(EXTERNAL_SIGNATURE_FILE, textOf(await artifacts.get(own)), externalSignature);
    const onnx = await read(mlmodel ? graphFileOf(mlmodel) : given!.model);
    const graph = readGraph(onnx);
    const signature: ExternalSignature = given ?? {
      ...{ task: task.name, model: 'model.onnx', adapter: 'columns', examples: [], tolerance: 1e-4 },
      ...signatureOf(mlmodel!, graph, task.schema, task.target.type === 'regression'),
      ...classesOf(created),
      ...(named !== undefined && { dataset: named }),
      trainedOn:
        created.runId === null ? 'logged by a client of MLflow' : `logged by the MLflow run ${created.runId}`,
      ...{ trainer: 'mlflow', parameters: {}, metrics: {}, libraries: {}, description: '', limits: '' },
    };
    const labels =
      (task.target.type === 'regression' ? null : task.target.labels) ??
      (dataset.labels.length > 0 ? dataset.labels : null);
    const ofGraph = graph.classes.find(({ length }) => length === labels?.length);
    const model: ExternalModel = {
      name: created.registeredModel,
      signature: {
        ...signature,
        ...(signature.classes === undefined && ofGraph && { classes: [...ofGraph] }),
      },
      onnx,
      task: problemOf(task, labels),
      schema: task.schema,
      contentHash: signature.dataset === undefined ? null : dataset.contentHash,
    };
    const session = await inference.open(onnx);
    try {
      const packed = given
        ? await packExternal(model, session.run)
        : await packComputed(model, await examplesIn(dataset, artifacts), session.run);
      return { digest: await putBundle(artifacts, packed), signature: model.signature, dataset };
    } finally {
      await session.close();
    }
  } catch (error) {
    if (error instanceof InvalidPackage || error instanceof InvalidInput) throw invalid(error.message, error);
    throw error;
  }
}

/** Instances of the test split, which the package is to answer as the graph did when it was imported. */
async function examplesIn(
  { artifact }: DatasetSealed,
  artifacts: ServiceContext['artifacts'],
): Promise<ExternalSignature['examples'][number]['instance'][]> {
  const { samples } = await decodeDataset(await artifacts.get(artifact), ['test']);
  return samples
    .slice(0, EXAMPLES)
    .map(({ instance }) => instance as ExternalSignature['examples'][number]['instance']);
}

const datasetNamedBy = ({ tags }: RegisteredVersionCreated): string | undefined =>
  tags.find(({ key }) => key === DATASET_TAG)?.value;

/** What a version waits for: the dataset that it names, or one of the task; undefined when it is there. */
export function lackingFor(
  created: RegisteredVersionCreated,
  task: string,
  datasets: ReadonlyMap<string, DatasetSealed>,
): string | undefined {
  if (datasetFor(created, task, datasets)) return undefined;
  const named = datasetNamedBy(created);
  return named === undefined
    ? `no dataset of the task ${task} is sealed to measure it with: run \`epochlog dataset seal\``
    : `the tag ${DATASET_TAG} names ${named}, which is not sealed here: \`epochlog dataset list\` lists those that are`;
}

/** The dataset that a version names, or the newest one of the task; undefined when there is none yet. */
function datasetFor(
  created: RegisteredVersionCreated,
  task: string,
  datasets: ReadonlyMap<string, DatasetSealed>,
): DatasetSealed | undefined {
  const named = datasetNamedBy(created);
  if (named !== undefined) return datasets.get(named);
  return datasets
    .values()
    .toArray()
    .findLast((one) => one.task === task);
}

function classesOf({ tags }: RegisteredVersionCreated): { classes?: string[] } {
  const text = tags.find(({ key }) => key === CLASSES_TAG)?.value;
  if (text === undefined) return {};
  try {
    return { classes: externalSignature.shape.classes.unwrap().parse(JSON.parse(text)) };
  } catch {
    throw invalid(`the tag ${CLASSES_TAG} must be a JSON list of at least two classes`);
  }
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const invalid = (reason: string, cause?: unknown) => new EpochlogError('INPUT_INVALID', reason, { cause });
