import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';

/** A dataset that was sealed, with its labels and the version of its task. */
export const sealed = (
  datasetId: string,
  labels: readonly string[],
  taskVersion: string,
): NewEvent<'DatasetSealed'> =>
  newEvent('DatasetSealed', {
    ...{ split: 'auto', folds: 0, fold: 0, profile: null },
    ...{ minimumLabels: 1, labelTies: 'original', relabelled: 0 },
    problem: 'classification',
    ...{ datasetId, model: 'topics', task: 'topics', taskVersion, extends: null, artifact: 'a', seed: 1 },
    ...{
      contentHash: datasetId,
      labels,
      train: 8,
      validation: 1,
      test: 1,
      balance: {},
      sources: [],
      reference: [],
    },
  });
