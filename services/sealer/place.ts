import { setImmediate as breathe } from 'node:timers/promises';
import { EpochlogError } from '../../kernel/errors.ts';
import { type DatasetSample, SPLITS } from '../../ml/dataset/format.ts';
import type { DatasetRequested, SampleAccepted } from '../../schemas/events.generated.ts';
import { type Assignment, type Shares, splitClass } from './split.ts';

/**
 * Gives every sample its place in a dataset, class by class.
 *
 * @param kept places that samples have in the dataset this one extends
 * @throws EpochlogError DATASET_TOO_SMALL when there are less than two classes, or one has less than `minPerClass`
 * samples or none in some split; INPUT_INVALID for shares that leave a split without any
 */
export async function placeSamples(
  samples: readonly SampleAccepted[],
  request: Pick<DatasetRequested, 'seed' | 'trainFraction' | 'validationFraction'>,
  kept: Assignment,
  minPerClass: number,
): Promise<DatasetSample[]> {
  const shares = sharesOf(request);
  const classes = Map.groupBy(samples, ({ label }) => label);
  assertLargeEnough(classes, minPerClass);
  const placed: DatasetSample[] = [];
  for (const [label, members] of classes) {
    const assignment = splitClass(
      members.map(({ arxivId }) => arxivId),
      kept,
      shares,
      request.seed,
    );
    assertEverySplit(label, assignment);
    for (const { arxivId: id, title, abstract, categories, published } of members) {
      placed.push({ id, split: assignment.get(id)!, label, title, abstract, categories, published });
    }
    await breathe();
  }
  return placed;
}

function sharesOf({
  trainFraction,
  validationFraction,
}: Pick<DatasetRequested, 'trainFraction' | 'validationFraction'>): Shares {
  const test = 1 - trainFraction - validationFraction;
  if (trainFraction > 0 && validationFraction > 0 && test > 1e-9) {
    return { train: trainFraction, validation: validationFraction, test };
  }
  throw new EpochlogError(
    'INPUT_INVALID',
    `shares of ${trainFraction} for training and ${validationFraction} for validation leave a split empty: both must be ` +
      'above 0 and their sum below 1',
  );
}

function assertLargeEnough(classes: ReadonlyMap<string, readonly unknown[]>, minPerClass: number): void {
  if (classes.size < 2) {
    const found = classes.size === 0 ? 'there are none' : `all are ${[...classes.keys()]}`;
    throw new EpochlogError(
      'DATASET_TOO_SMALL',
      `accepted samples of two classes are needed, ${found}: collect more`,
    );
  }
  const small = [...classes].filter(([, members]) => members.length < minPerClass);
  if (small.length === 0) return;
  const counts = small.map(([label, members]) => `${label} has ${members.length}`).sort();
  throw new EpochlogError(
    'DATASET_TOO_SMALL',
    `every class needs ${minPerClass} samples, ${counts.join(', ')}: collect more papers, or lower ` +
      'EPOCHLOG_SEALER_MIN_PER_CLASS',
  );
}

function assertEverySplit(label: string, assignment: Assignment): void {
  const used = new Set(assignment.values());
  const missing = SPLITS.filter((split) => !used.has(split));
  if (missing.length === 0) return;
  throw new EpochlogError(
    'DATASET_TOO_SMALL',
    `the ${assignment.size} samples of ${label} leave none for ${missing.join(' and ')}: collect more papers`,
  );
}
