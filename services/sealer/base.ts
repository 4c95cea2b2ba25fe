import { EpochlogError } from '../../kernel/errors.ts';
import type { DatasetRequested, DatasetSealed } from '../../schemas/events.generated.ts';

/** What is known of a dataset: where it is, and what of the log is in it. */
export type Sealed = Pick<
  DatasetSealed,
  | 'datasetId'
  | 'model'
  | 'extends'
  | 'artifact'
  | 'task'
  | 'sources'
  | 'seed'
  | 'split'
  | 'folds'
  | 'fold'
  | 'minimumLabels'
  | 'labelTies'
  | 'relabelled'
>;

/** The dataset that is extended. */
export function baseOf(
  { extends: datasetId, folds }: DatasetRequested,
  sealed: ReadonlyMap<string, Sealed>,
): Sealed | undefined {
  if (datasetId === null) return undefined;
  if (folds > 0) throw new EpochlogError('INPUT_INVALID', 'a fold keeps no splits: it extends no dataset');
  const base = sealed.get(datasetId);
  if (base) return base;
  throw new EpochlogError('NOT_FOUND', `dataset ${datasetId}, to be extended, was never sealed`);
}
