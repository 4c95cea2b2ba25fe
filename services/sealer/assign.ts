import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { SPLITS, type Split } from '../../ml/dataset/format.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { labelsIn } from '../../ml/label-sets.ts';
import type { Spill } from '../../ml/on-disk/spill.ts';
import type { ProblemType } from '../../ml/problem.ts';
import type { DatasetRequested } from '../../schemas/events.generated.ts';
import { isSplitStrategy, SPLIT_STRATEGIES, type SplitStrategy } from '../../tasks/policies/splits.ts';
import { type GroupNames, linkedGroupsOf, splitLinked } from './linked.ts';
import { codeOf, type Head, NO_SPLIT, type Rows, type Splits } from './rows.ts';
import { apportion, type Fractions, groupsOf, splitAtRandom, splitClasses, splitGroups } from './split.ts';
import { type Division, numberOf, splitByTime, splitFold } from './strategies.ts';

type Request = Pick<
  DatasetRequested,
  'seed' | 'trainFraction' | 'validationFraction' | 'minimumPerClass' | 'split' | 'folds' | 'fold'
>;
type Strategy = Exclude<SplitStrategy, 'auto'>;

/**
 * Assigns every sample to a split, as the request says. `auto`: class by class; of several labels label by label, the rarest
 * first; of samples in groups, group by group; of a number, all at once. It holds some bytes for each sample.
 *
 * @param spill takes what is sorted on the way
 * @param names groups of each sample, where it may be in several
 * @throws EpochlogError DATASET_TOO_SMALL when there are less than two classes, or one has less than `minimumPerClass`
 * samples or none in some split; INPUT_INVALID for fractions that leave a split without any
 */
export async function assignSplits(
  rows: Rows,
  request: Request,
  spill: Spill,
  problem: ProblemType = 'classification',
  names?: GroupNames,
): Promise<Splits> {
  const fractions = fractionsOf(request);
  const classes = await countClasses(rows, problem);
  assertLargeEnough(classes, request.minimumPerClass);
  const { seed, folds } = request;
  const isLinked = names?.isGrouped ?? false;
  const strategy = strategyOf(request, rows.isGrouped || isLinked);
  const limit = folds > 0 ? Math.floor(rows.count / folds) : apportion(rows.count, fractions).train;
  const linked =
    names && isLinked && strategy === 'grouped'
      ? await linkedGroupsOf(rows, names, limit, seed, spill)
      : undefined;
  const division = { fractions, seed, spill, linked };
  const splits =
    folds > 0
      ? await foldOf(rows, strategy, request, division, problem)
      : await divide(rows, strategy, division, problem, classes);
  await assertInSplits(rows, classes, splits, neededIn(strategy), problem);
  return splits;
}

async function divide(
  rows: Rows,
  strategy: Strategy,
  { fractions, seed, spill, linked }: Division,
  problem: ProblemType,
  classes: Classes,
): Promise<Splits> {
  const { kept, count } = rows;
  if (strategy === 'time') return splitByTime(rows, kept, fractions, spill);
  if (linked) return splitLinked(linked, kept, fractions);
  if (strategy === 'grouped') return splitGroups(await groupsOf(rows, count, seed, spill), kept, fractions);
  const splits = kept.slice();
  if (strategy === 'random') await splitAtRandom(rows, splits, fractions, seed, spill);
  else {
    const numbersOf = problem === 'multilabel' ? rarestFirst(classes) : inOrder(classes);
    await splitClasses(rows, numbersOf, splits, fractions, seed, spill);
  }
  return splits;
}

/** INPUT_INVALID for a strategy that is none, or that these samples cannot be divided by. */
function strategyOf({ split }: Request, isGrouped: boolean): Strategy {
  if (!isSplitStrategy(split))
    throw new EpochlogError(
      'INPUT_INVALID',
      `there is no split '${split}': ${suggestion(split, SPLIT_STRATEGIES)}`,
    );
  if (split === 'grouped' && !isGrouped)
    throw new EpochlogError(
      'INPUT_INVALID',
      "no sample is in a group, which a split by groups needs: name a column as 'group' in the task",
    );
  return split === 'auto' ? (isGrouped ? 'grouped' : 'stratified') : split;
}

/** A fold extends nothing: each sample is in the test of one of them. */
async function foldOf(
  rows: Rows,
  strategy: Strategy,
  request: Request,
  division: Division,
  problem: ProblemType,
): Promise<Splits> {
  const divided = strategy === 'stratified' && problem !== 'classification' ? 'random' : strategy;
  try {
    return await splitFold(rows, divided, request, division);
  } catch (error) {
    throw error instanceof InvalidInput ? tooSmall(error.message) : error;
  }
}

/** What all samples whose target is a number are grouped under: no class. */
const NUMBERS = Symbol('numbers');
type ClassName = string | typeof NUMBERS;
/** How many samples each class has. */
type Classes = ReadonlyMap<ClassName, number>;

/** A sample is in the class of each of its labels. */
const classesOf = ({ target }: Head, problem: ProblemType): readonly ClassName[] =>
  problem === 'multilabel' ? labelsIn(String(target)) : [typeof target === 'string' ? target : NUMBERS];

async function countClasses(rows: Rows, problem: ProblemType): Promise<Classes> {
  const counts = new Map<ClassName, number>();
  for await (const chunk of rows.heads())
    for (const head of chunk)
      for (const name of classesOf(head, problem)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

type NumbersOf = (head: Head) => readonly number[];

function inOrder(classes: Classes): NumbersOf {
  const numbers = new Map<ClassName, number>();
  for (const name of classes.keys()) numberOf(numbers, name);
  return (head) => classesOf(head, 'classification').map((name) => numbers.get(name)!);
}

/**
 * Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011), label by label: each splits what the rarer ones have left of
 * its samples, and those without a label are split last.
 */
function rarestFirst(labels: Classes): NumbersOf {
  const sorted = [...labels].sort(([a, own], [b, other]) => own - other || (String(a) < String(b) ? -1 : 1));
  const numbers = new Map(sorted.map(([label], number) => [label, number]));
  return (head) => {
    if (head.target === '') return [sorted.length];
    return classesOf(head, 'multilabel').map((label) => numbers.get(label)!);
  };
}

function fractionsOf({ trainFraction, validationFraction }: Request): Fractions {
  const test = 1 - trainFraction - validationFraction;
  if (trainFraction > 0 && validationFraction > 0 && test > 1e-9) {
    return { train: trainFraction, validation: validationFraction, test };
  }
  throw new EpochlogError(
    'INPUT_INVALID',
    `fractions of ${trainFraction} for training and ${validationFraction} for validation leave a split empty: both ` +
      'must be above 0 and their sum below 1',
  );
}

function assertLargeEnough(classes: Classes, minimum: number): void {
  if (classes.size === 0) throw tooSmall('there are no accepted samples: collect more');
  if (classes.size < 2 && !classes.has(NUMBERS)) {
    throw tooSmall(
      `accepted samples of two classes are needed, all are ${describe([...classes.keys()][0]!)}: collect more`,
    );
  }
  const small = [...classes].filter(([, count]) => count < minimum);
  if (small.length === 0) return;
  const counts = small.map(([name, count]) => `${describe(name)} has ${count}`).sort();
  throw tooSmall(
    `every class needs ${minimum} samples, ${counts.join(', ')}: collect more, or lower ` +
      'training.minimumPerClass in the policy of the model',
  );
}

/** By chance or by time a class may be missing where it is only measured; what is not learnt cannot be predicted. */
const neededIn = (strategy: Strategy): readonly Split[] =>
  strategy === 'random' || strategy === 'time' ? ['train'] : SPLITS;

async function assertInSplits(
  rows: Rows,
  classes: Classes,
  splits: Splits,
  needed: readonly Split[],
  problem: ProblemType,
): Promise<void> {
  const used = new Map<ClassName, Set<number>>([...classes.keys()].map((name) => [name, new Set()]));
  for await (const chunk of rows.heads())
    for (const head of chunk)
      for (const name of classesOf(head, problem)) used.get(name)!.add(splits[head.row]!);
  for (const [name, members] of classes) assertEverySplit(name, members, used.get(name)!, needed);
  const all = new Set(splits);
  all.delete(NO_SPLIT);
  assertEverySplit(NUMBERS, rows.count, all, SPLITS);
}

function assertEverySplit(
  name: ClassName,
  members: number,
  used: ReadonlySet<number>,
  needed: readonly Split[],
): void {
  const missing = needed.filter((split) => !used.has(codeOf(split)));
  if (missing.length === 0) return;
  const count = `the ${members} samples of ${describe(name)}`;
  throw tooSmall(`${count} leave none for ${missing.join(' and ')}: collect more`);
}

const describe = (name: ClassName): string => (typeof name === 'string' ? name : 'the task');
const tooSmall = (reason: string) => new EpochlogError('DATASET_TOO_SMALL', reason);
