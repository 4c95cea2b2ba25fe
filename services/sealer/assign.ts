import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { SPLITS, type Split } from '../../ml/dataset/format.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { labelsIn } from '../../ml/label-sets.ts';
import type { ProblemType } from '../../ml/problem.ts';
import type { DatasetRequested } from '../../schemas/events.generated.ts';
import { isSplitStrategy, SPLIT_STRATEGIES, type SplitStrategy } from '../../tasks/policies/splits.ts';
import type { SampleKey } from './corpus.ts';
import { type GroupNames, splitLinked, withLinkedGroups } from './linked.ts';
import { type Assignment, apportion, type Fractions, splitClass, splitGroups } from './split.ts';
import { splitAtRandom, splitByTime, splitFold } from './strategies.ts';

type Request = Pick<
  DatasetRequested,
  'seed' | 'trainFraction' | 'validationFraction' | 'minimumPerClass' | 'split' | 'folds' | 'fold'
>;

/**
 * Assigns every sample to a split, as the request says. `auto`: class by class; of several labels label by label, the rarest
 * first; of samples in groups, group by group; of a number, all at once.
 *
 * @param given the samples
 * @param kept splits that samples have in the dataset this one extends
 * @param names groups of each sample, where it may be in several
 * @throws EpochlogError DATASET_TOO_SMALL when there are less than two classes, or one has less than `minimumPerClass`
 * samples or none in some split; INPUT_INVALID for fractions that leave a split without any
 */
export async function assignSplits(
  given: readonly SampleKey[],
  request: Request,
  kept: Assignment,
  problem: ProblemType = 'classification',
  names?: GroupNames,
): Promise<Assignment> {
  const fractions = fractionsOf(request);
  const samples = linked(given, request, fractions, names);
  const classes = problem === 'multilabel' ? byLabel(samples) : byClass(samples);
  assertLargeEnough(classes, request.minimumPerClass);
  const { seed } = request;
  const strategy = strategyOf(request, samples);
  const divide = (): Assignment | Promise<Assignment> => {
    if (request.folds > 0) return foldOf(samples, strategy, request, fractions, problem);
    if (strategy === 'random') return splitAtRandom(samples, kept, fractions, seed);
    if (strategy === 'time') return splitByTime(samples, kept, fractions);
    if (names) return splitLinked(samples, kept, fractions, seed);
    if (strategy === 'grouped') return splitGroups(samples.map(unitOf), kept, fractions, seed);
    return problem === 'multilabel'
      ? splitLabels(classes, samples, kept, fractions, seed)
      : splitClasses(classes, kept, fractions, seed);
  };
  const splits = await divide();
  // by chance or by time a class may be missing where it is only measured; what is not learnt cannot be predicted
  const needed: readonly Split[] = strategy === 'random' || strategy === 'time' ? ['train'] : SPLITS;
  for (const [name, members] of classes) assertEverySplit(name, members, splits, needed);
  assertEverySplit(NUMBERS, samples, splits, SPLITS);
  return splits;
}

/** Samples with one group each, of those that are in several: it fits into the training split, or is as large as a fold. */
function linked(
  samples: readonly SampleKey[],
  { folds }: Request,
  fractions: Fractions,
  names: GroupNames | undefined,
): readonly SampleKey[] {
  if (!names || ![...names.values()].some(({ length }) => length > 0)) return samples;
  const ofFold = Math.floor(samples.length / Math.max(1, folds));
  const limit = folds > 0 ? ofFold : apportion(samples.length, fractions).train;
  return withLinkedGroups(samples, names, limit);
}

/** INPUT_INVALID for a strategy that is none, or that these samples cannot be divided by. */
function strategyOf({ split }: Request, samples: readonly SampleKey[]): Exclude<SplitStrategy, 'auto'> {
  if (!isSplitStrategy(split))
    throw new EpochlogError(
      'INPUT_INVALID',
      `there is no split '${split}': ${suggestion(split, SPLIT_STRATEGIES)}`,
    );
  const isGrouped = samples.some(({ group }) => group !== null);
  if (split === 'grouped' && samples.length > 0 && !isGrouped)
    throw new EpochlogError(
      'INPUT_INVALID',
      "no sample is in a group, which a split by groups needs: name a column as 'group' in the task",
    );
  return split === 'auto' ? (isGrouped ? 'grouped' : 'stratified') : split;
}

/** A fold extends nothing: each sample is in the test of one of them. */
function foldOf(
  samples: readonly SampleKey[],
  strategy: Exclude<SplitStrategy, 'auto'>,
  request: Request,
  fractions: Fractions,
  problem: ProblemType,
): Assignment {
  const divided = strategy === 'stratified' && problem !== 'classification' ? 'random' : strategy;
  try {
    return splitFold(samples, divided, request, fractions, request.seed);
  } catch (error) {
    throw error instanceof InvalidInput ? tooSmall(error.message) : error;
  }
}

/** What all samples whose target is a number are grouped under: no class. */
const NUMBERS = Symbol('numbers');
type ClassName = string | typeof NUMBERS;
type Classes = ReadonlyMap<ClassName, readonly SampleKey[]>;

const byClass = (samples: readonly SampleKey[]): Classes =>
  Map.groupBy(samples, ({ target }) => (typeof target === 'string' ? target : NUMBERS));

/** A sample is in the list of each of its labels. */
function byLabel(samples: readonly SampleKey[]): Classes {
  const labels = new Map<string, SampleKey[]>();
  for (const sample of samples) {
    for (const label of labelsIn(String(sample.target))) {
      const members = labels.get(label);
      if (members) members.push(sample);
      else labels.set(label, [sample]);
    }
  }
  return labels;
}

const unitOf = ({ id, group }: SampleKey) => ({ id, group: group ?? id });

async function splitClasses(
  classes: Classes,
  kept: Assignment,
  fractions: Fractions,
  seed: number,
): Promise<Map<string, Split>> {
  const splits = new Map<string, Split>();
  for (const members of classes.values()) {
    const ids = members.map(({ id }) => id);
    for (const [id, split] of splitClass(ids, kept, fractions, seed)) splits.set(id, split);
    await yieldToEventLoop();
  }
  return splits;
}

/**
 * Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011), label by label: each splits what the rarer ones have left of
 * its samples, and those without a label are split last.
 */
async function splitLabels(
  labels: Classes,
  samples: readonly SampleKey[],
  kept: Assignment,
  fractions: Fractions,
  seed: number,
): Promise<Map<string, Split>> {
  const splits = new Map(kept);
  const rarestFirst = [...labels].sort(
    ([a, own], [b, other]) => own.length - other.length || (String(a) < String(b) ? -1 : 1),
  );
  const without = samples.filter(({ target }) => target === '');
  for (const members of [...rarestFirst.map(([, members]) => members), without]) {
    const ids = members.map(({ id }) => id);
    for (const [id, split] of splitClass(ids, splits, fractions, seed)) splits.set(id, split);
    await yieldToEventLoop();
  }
  return new Map(samples.map(({ id }) => [id, splits.get(id)!])); // what was kept may be gone
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
  const small = [...classes].filter(([, members]) => members.length < minimum);
  if (small.length === 0) return;
  const counts = small.map(([name, members]) => `${describe(name)} has ${members.length}`).sort();
  throw tooSmall(
    `every class needs ${minimum} samples, ${counts.join(', ')}: collect more, or lower ` +
      'training.minimumPerClass in the policy of the model',
  );
}

function assertEverySplit(
  name: ClassName,
  members: readonly SampleKey[],
  splits: ReadonlyMap<string, Split>,
  needed: readonly Split[],
): void {
  const used = new Set(members.map(({ id }) => splits.get(id)));
  const missing = needed.filter((split) => !used.has(split));
  if (missing.length === 0) return;
  const count = `the ${members.length} samples of ${describe(name)}`;
  throw tooSmall(`${count} leave none for ${missing.join(' and ')}: collect more`);
}

const describe = (name: ClassName): string => (typeof name === 'string' ? name : 'the task');
const tooSmall = (reason: string) => new EpochlogError('DATASET_TOO_SMALL', reason);
