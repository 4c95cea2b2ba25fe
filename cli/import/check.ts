import { join } from 'node:path';
import { startInference } from '../../infra/inference/inference.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { NO_LOGGER } from '../../kernel/logger.ts';
import { InvalidInput, InvalidPackage } from '../../ml/errors.ts';
import { packExternal } from '../../ml/package/external.ts';
import type { ExternalModel } from '../../ml/package/external-files.ts';
import { EXTERNAL_SIGNATURE_FILE } from '../../ml/package/external-signature.ts';
import { readGraph } from '../../ml/package/validate.ts';
import type { EventReader } from '../../schemas/catalogue.ts';
import type { DatasetSealed } from '../../schemas/events.generated.ts';
import { problemOf } from '../../tasks/problem.ts';
import { type Tasks, taskNamed } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { readExternalFolder } from './folder.ts';

/** A run of the examples of an imported model takes no longer. */
const TIMEOUT_MS = 30_000;

/** Where a model comes from, as far as its run tells it. */
export type Origin = Pick<
  ExternalModel['signature'],
  'task' | 'dataset' | 'trainedOn' | 'trainer' | 'libraries' | 'parameters' | 'metrics'
> & { readonly examples: readonly unknown[] };

/** A model that was trained elsewhere, found to be what its signature says. */
export interface CheckedModel {
  /** the files of its package */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly signature: Origin;
  readonly task: string;
  /** the dataset whose test split is to measure it; undefined when none is sealed */
  readonly dataset: DatasetSealed | undefined;
}

/** What is known of datasets and tasks, and for which model the package is to be. */
export interface ImportContext {
  readonly model: string;
  readonly tasks: Tasks;
  readonly datasets: ReadonlyMap<string, DatasetSealed>;
}

/** The datasets that the log has sealed, by id, the last one at the end. */
export async function sealedDatasets(events: EventReader): Promise<Map<string, DatasetSealed>> {
  const datasets = new Map<string, DatasetSealed>();
  for await (const { data } of events.scan(['DatasetSealed'])) datasets.set(data.datasetId, data);
  return datasets;
}

/**
 * Checks a folder with a model that was trained elsewhere, and makes a package of it. INPUT_INVALID says which file is at
 * fault, what was expected and what was found.
 */
export async function checkFolder(
  folder: string,
  { model, tasks, datasets }: ImportContext,
): Promise<CheckedModel> {
  const { signature, onnx } = await readExternalFolder(folder);
  const file = join(folder, EXTERNAL_SIGNATURE_FILE);
  const task = taskNamed(tasks, signature.task);
  const dataset = datasetFor(signature.dataset, task.name, datasets, file);
  const external: ExternalModel = {
    name: model,
    signature,
    onnx,
    task: problemOf(task, classesKnown(task, dataset)),
    schema: task.schema,
    contentHash: signature.dataset === undefined ? null : (dataset?.contentHash ?? null),
  };
  try {
    readGraph(onnx); // before the runtime sees it: it would read what the graph names
    return { files: await packed(external), signature, task: task.name, dataset };
  } catch (error) {
    throw asInputError(error, folder, signature.model);
  }
}

async function packed(external: ExternalModel): Promise<Map<string, Uint8Array>> {
  const inference = startInference({ logger: NO_LOGGER, processes: 1, timeoutMs: TIMEOUT_MS });
  try {
    return await packExternal(external, async (inputs) => {
      const session = await inference.open(external.onnx);
      return session.run(inputs);
    });
  } finally {
    await inference.close();
  }
}

function datasetFor(
  named: string | undefined,
  task: string,
  datasets: ReadonlyMap<string, DatasetSealed>,
  file: string,
): DatasetSealed | undefined {
  if (named === undefined) return [...datasets.values()].findLast((dataset) => dataset.task === task);
  const found = datasets.get(named);
  if (found?.task === task) return found;
  const own = [...datasets.values()].flatMap((dataset) => (dataset.task === task ? [dataset.datasetId] : []));
  const known = own.length > 0 ? `there is ${own.join(', ')}` : 'none is sealed';
  throw new EpochlogError('NOT_FOUND', `${file}: there is no dataset ${named} of the task ${task}; ${known}`);
}

/** The classes, as the task names them or its dataset has them; null when none is known. */
const classesKnown = ({ target }: Task, dataset: DatasetSealed | undefined): readonly string[] | null =>
  (target.type === 'regression' ? null : target.labels) ?? dataset?.labels ?? null;

/** The file at fault is one of the folder, whatever it is called in a package. */
function asInputError(error: unknown, folder: string, model: string): unknown {
  if (error instanceof InvalidPackage) {
    const reason = error.message.replace(/^model\.onnx: /, `${model}: `);
    return new EpochlogError('INPUT_INVALID', join(folder, reason), { cause: error });
  }
  const isGraph = error instanceof EpochlogError && error.code.startsWith('INFERENCE_');
  if (isGraph) {
    const hint = 'export it with operators and an opset that ONNX Runtime has';
    return new EpochlogError(
      'INPUT_INVALID',
      `${join(folder, model)}: ONNX Runtime refuses it: ${error.message}; ${hint}`,
      {
        cause: error,
      },
    );
  }
  if (!(error instanceof InvalidInput)) return error;
  return new EpochlogError('INPUT_INVALID', `${join(folder, EXTERNAL_SIGNATURE_FILE)}: ${error.message}`, {
    cause: error,
  });
}
