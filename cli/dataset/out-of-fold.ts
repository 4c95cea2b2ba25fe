import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { outOfFold } from '../../ml/curation/out-of-fold.ts';
import { decodeDataset } from '../../ml/dataset/read.ts';
import { InvalidInput } from '../../ml/errors.ts';
import type { DenseMatrix } from '../../ml/matrix.ts';
import type { Store } from '../../operations/session.ts';
import { datasetError } from '../../tasks/dataset-error.ts';
import { sealedDatasets } from '../import/check.ts';

const FOLDS = 5;
const SEED = 42;

/**
 * The samples of a dataset with the probabilities of their classes, each by a linear model that has not learnt from it: one model
 * for each of five folds. NOT_FOUND, or INPUT_INVALID for a dataset that is not about classes or is too small.
 */
export async function datasetInFolds({ events, artifacts }: Pick<Store, 'events' | 'artifacts'>, id: string) {
  const datasets = await sealedDatasets(events);
  const found = datasets.get(id);
  if (!found)
    throw new EpochlogError('NOT_FOUND', `there is no dataset ${id}; ${suggestion(id, datasets.keys())}`);
  const { task, schema, samples } = await artifacts
    .get(found.artifact)
    .then((bytes) => decodeDataset(bytes))
    .catch((error) => {
      throw datasetError(error, id);
    });
  if (task.type !== 'classification')
    throw new EpochlogError('INPUT_INVALID', `${id} is not about classes, which this needs`);
  const probabilities = resultOf(outOfFold(task, schema, samples, FOLDS, SEED));
  return { name: found.task, task, samples, probabilities };
}

/** What the models of all folds say. */
function resultOf(training: ReturnType<typeof outOfFold>): DenseMatrix {
  try {
    let step = training.next();
    while (!step.done) step = training.next();
    return step.value;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new EpochlogError('INPUT_INVALID', `${error.message}: collect more`);
  }
}
