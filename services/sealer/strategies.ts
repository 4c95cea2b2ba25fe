import { EpochlogError } from '../../kernel/errors.ts';
import { type Fold, groupedFolds, kFolds, stratifiedFolds, timeFolds } from '../../ml/dataset/folds.ts';
import type { Split } from '../../ml/dataset/format.ts';
import type { DatasetRequested } from '../../schemas/events.generated.ts';
import type { SplitStrategy } from '../../tasks/policies/splits.ts';
import type { SampleKey } from './corpus.ts';
import { type Assignment, apportion, type Fractions, splitClass, splitGroups } from './split.ts';

/** Of a dataset in k folds, the one whose test part is its test split. */
export type FoldOf = Pick<DatasetRequested, 'folds' | 'fold'>;

/**
 * Splits by time: the latest samples are the test, those before them the validation, and the rest is for training. Samples of
 * one time stay together, in the earlier split.
 *
 * @param kept splits in the dataset that is extended: what was learnt from there is in no test. The test begins after it; where that
 * would leave less of a test, as after splits by chance, the latest samples that were learnt from are left out
 */
export function splitByTime(
  samples: readonly SampleKey[],
  kept: Assignment,
  fractions: Fractions,
): Map<string, Split> {
  const order = byTime(samples);
  const sizes = apportion(order.length, fractions);
  const times = order.map(({ time }) => Date.parse(time!));
  const isLearnt = order.map(({ id }) => (kept.get(id) ?? 'test') !== 'test');
  const wanted = afterTies(times, order.length - sizes.test);
  const afterLearnt = afterTies(times, Math.max(wanted, isLearnt.lastIndexOf(true) + 1));
  const unseen = isLearnt.slice(wanted).filter((learnt) => !learnt).length;
  const testStart = order.length - afterLearnt >= unseen ? afterLearnt : wanted;
  const validationStart = afterTies(times, Math.min(order.length - sizes.test - sizes.validation, testStart));
  const splits = new Map<string, Split>();
  for (const [i, { id }] of order.entries()) {
    if (i < testStart) splits.set(id, i < validationStart ? 'train' : 'validation');
    else if (!isLearnt[i]) splits.set(id, 'test');
  }
  return splits;
}

/** The first place from `start` on whose time is later than that of the one before it. */
function afterTies(times: readonly number[], start: number): number {
  let place = start;
  while (place > 0 && place < times.length && times[place] === times[place - 1]) place += 1;
  return place;
}

function byTime(samples: readonly SampleKey[]): SampleKey[] {
  const undated = samples.filter(({ time }) => time === null || Number.isNaN(Date.parse(time))).length;
  if (undated > 0)
    throw new EpochlogError(
      'INPUT_INVALID',
      `a split by time needs the time of each sample, and ${undated} of ${samples.length} have none: name a column as 'time' in the task`,
    );
  return samples.toSorted((a, b) => Date.parse(a.time!) - Date.parse(b.time!) || (a.id < b.id ? -1 : 1));
}

/** All samples as one class. */
export const splitAtRandom = (
  samples: readonly SampleKey[],
  kept: Assignment,
  fractions: Fractions,
  seed: number,
): Map<string, Split> =>
  splitClass(
    samples.map(({ id }) => id),
    kept,
    fractions,
    seed,
  );

/**
 * One fold of k: its test part is the test split; of its other samples, some are for validation, chosen in the same way.
 * By time, samples that are later than the test part are in no split.
 *
 * @throws EpochlogError INPUT_INVALID for a fold that is none; InvalidInput `folds` where there are too few samples
 */
export function splitFold(
  samples: readonly SampleKey[],
  strategy: Exclude<SplitStrategy, 'auto'>,
  { folds, fold }: FoldOf,
  { train, validation }: Fractions,
  seed: number,
): Map<string, Split> {
  if (fold < 1 || fold > folds)
    throw new EpochlogError('INPUT_INVALID', `there is no fold ${fold} of ${folds}: they are 1 to ${folds}`);
  const sorted = strategy === 'time' ? byTime(samples) : samples.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const { train: others, test } = foldsOf(sorted, strategy, folds, seed)[fold - 1]!;
  const rest = Array.from(others, (row) => sorted[row]!);
  const share = validation / (train + validation);
  const fractions = { train: 1 - share, validation: share, test: 0 };
  const splits = SPLITTERS[strategy](rest, new Map(), fractions, seed);
  for (const row of test) splits.set(sorted[row]!.id, 'test');
  return splits;
}

function foldsOf(samples: readonly SampleKey[], strategy: string, folds: number, seed: number): Fold[] {
  if (strategy === 'time')
    return timeFolds(
      samples.map(({ time }) => Date.parse(time!)),
      folds,
    );
  if (strategy === 'grouped')
    return groupedFolds(
      samples.map(({ id, group }) => group ?? id),
      folds,
      seed,
    );
  if (strategy === 'random') return kFolds(samples.length, folds, seed);
  return stratifiedFolds(
    samples.map(({ target }) => target),
    folds,
    seed,
  );
}

type Splitter = (
  samples: readonly SampleKey[],
  kept: Assignment,
  fractions: Fractions,
  seed: number,
) => Map<string, Split>;

const SPLITTERS: Readonly<Record<Exclude<SplitStrategy, 'auto'>, Splitter>> = {
  random: splitAtRandom,
  stratified(samples, kept, fractions, seed) {
    const classes = Map.groupBy(samples, ({ target }) => (typeof target === 'string' ? target : null));
    const parts = [...classes.values()].flatMap((members) => [
      ...splitAtRandom(members, kept, fractions, seed),
    ]);
    return new Map(parts);
  },
  grouped: (samples, kept, fractions, seed) =>
    splitGroups(
      samples.map(({ id, group }) => ({ id, group: group ?? id })),
      kept,
      fractions,
      seed,
    ),
  time: splitByTime,
};
