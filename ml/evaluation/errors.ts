import { answeredClasses, answersTo, confidencesIn, thresholdOf } from '../answers.ts';
import type { Instance, InstanceSchema } from '../instance/schema.ts';
import { labelSet } from '../label-sets.ts';
import type { DenseMatrix } from '../matrix.ts';
import { logLosses, zeroOneLosses } from '../metrics/losses.ts';
import { labelOutcomesOf } from '../metrics/multilabel.ts';
import {
  type ClassificationProblem,
  classesOf,
  type LearningProblem,
  labelSetsOf,
  type MultilabelProblem,
  numbersOf,
} from '../problem.ts';
import { attributesOf, type KnownExample } from './attributes.ts';
import { lossesBy, type Slice, worstSlices } from './slices.ts';

/** A sample that a model is most wrong about. */
export interface Mistake {
  readonly id: string;
  readonly instance: Instance;
  readonly target: string | number;
  readonly answer: string | number;
  /** of a classifier: the probability of its answer, and that of the right label */
  readonly confidence: number | null;
  readonly right: number | null;
}

/** Where a model is wrong. */
export interface ErrorAnalysis {
  /** the worst first */
  readonly mistakes: readonly Mistake[];
  /** which label is taken for which, the most frequent first; none of a number */
  readonly confused: readonly {
    readonly actual: string;
    readonly predicted: string;
    readonly samples: number;
    /** of the samples of the label */
    readonly share: number;
  }[];
  readonly errorsBy: ReturnType<typeof lossesBy>;
  readonly slices: readonly Slice[];
  /** slices that were tested */
  readonly looked: number;
}

const MISTAKES = 50;
const PAIRS = 20;
/** of a text that is kept in the report */
const MAX_TEXT = 500;

/** @param scores one row per sample: the probability of each label, or the number */
export function errorsOf(
  task: LearningProblem,
  schema: InstanceSchema,
  scores: DenseMatrix,
  samples: readonly KnownExample[],
): ErrorAnalysis {
  const attributes = attributesOf(schema, samples);
  const found = foundIn(task, scores, samples);
  const { looked, slices } = worstSlices(attributes, found.losses);
  return {
    mistakes: found.mistakes,
    confused: found.confused,
    errorsBy: attributes.flatMap((attribute) => lossesBy(attribute, found.losses)),
    slices,
    looked,
  };
}

function foundIn(task: LearningProblem, scores: DenseMatrix, samples: readonly KnownExample[]): Found {
  if (task.type === 'regression') return ofNumbers(scores, samples);
  return task.type === 'multilabel' ? ofSets(task, scores, samples) : ofClasses(task, scores, samples);
}

type Found = Pick<ErrorAnalysis, 'mistakes' | 'confused'> & { losses: Float64Array };

function ofNumbers({ values }: DenseMatrix, samples: readonly KnownExample[]): Found {
  const losses = numbersOf(samples).map((actual, row) => Math.abs(values[row]! - actual));
  const mistakes = highest(losses).map((row) => ({
    ...shownSample(samples[row]!),
    answer: values[row]!,
    confidence: null,
    right: null,
  }));
  return { losses, mistakes, confused: [] };
}

/** The samples with the most labels wrong; what is confused is a label that is missing with one that is there instead. */
function ofSets(task: MultilabelProblem, scores: DenseMatrix, samples: readonly KnownExample[]): Found {
  const { labels } = task;
  const sets = labelSetsOf(samples, labels);
  const { wrong, actual, predicted, logLosses } = labelOutcomesOf(scores, sets, thresholdOf(task));
  const losses = wrong.map((count) => count / labels.length);
  const answers = answersTo(task, scores);
  const confidences = confidencesIn(task, scores);
  const surprise = logLosses.map((loss, row) => (losses[row]! > 0 ? loss : -1));
  const mistakes = highest(surprise)
    .filter((row) => losses[row]! > 0)
    .map((row) => ({
      ...shownSample(samples[row]!),
      target: labelSet(sets[row]!.map((column) => labels[column]!)),
      answer: answers[row]!,
      confidence: confidences[row]!,
      right: Math.exp(-logLosses[row]! * labels.length),
    }));
  const side = (of: Uint8Array, other: Uint8Array, row: number) =>
    labels.flatMap((_, column) => {
      const at = row * labels.length + column;
      return of[at] === 1 && other[at] === 0 ? [column] : [];
    });
  const pairs = samples.flatMap((_, row) =>
    side(actual, predicted, row).flatMap((missing) =>
      side(predicted, actual, row).map((instead) => ({ missing, instead })),
    ),
  );
  const confused = confusedPairs(
    labels,
    Int32Array.from(pairs, ({ missing }) => missing),
    Int32Array.from(pairs, ({ instead }) => instead),
  );
  return { losses, mistakes, confused };
}

function ofClasses(
  task: ClassificationProblem,
  scores: DenseMatrix,
  samples: readonly KnownExample[],
): Found {
  const { labels } = task;
  const actual = classesOf(samples, labels);
  const predicted = answeredClasses(task, scores);
  const losses = zeroOneLosses(scores, actual, predicted);
  const surprise = logLosses(scores, actual).map((loss, row) => (losses[row] === 1 ? loss : -1));
  const at = (row: number, column: number) => scores.values[row * scores.columns + column]!;
  const mistakes = highest(surprise)
    .filter((row) => losses[row] === 1)
    .map((row) => ({
      ...shownSample(samples[row]!),
      answer: labels[predicted[row]!]!,
      confidence: at(row, predicted[row]!),
      right: at(row, actual[row]!),
    }));
  return { losses, mistakes, confused: confusedPairs(labels, actual, predicted) };
}

function confusedPairs(
  labels: readonly string[],
  actual: Int32Array,
  predicted: Int32Array,
): ErrorAnalysis['confused'] {
  const supports = Map.groupBy(actual, (label) => label);
  const wrong = [...actual.keys()].filter((row) => actual[row] !== predicted[row]);
  return [...Map.groupBy(wrong, (row) => actual[row]! * labels.length + predicted[row]!)]
    .map(([pair, rows]) => {
      const label = Math.floor(pair / labels.length);
      return {
        actual: labels[label]!,
        predicted: labels[pair % labels.length]!,
        samples: rows.length,
        share: rows.length / supports.get(label)!.length,
      };
    })
    .sort((a, b) => b.samples - a.samples || b.share - a.share)
    .slice(0, PAIRS);
}

const highest = (losses: Float64Array): number[] =>
  [...losses.keys()].sort((a, b) => losses[b]! - losses[a]! || a - b).slice(0, MISTAKES);

const shownSample = ({
  id,
  instance,
  target,
}: KnownExample): Pick<Mistake, 'id' | 'instance' | 'target'> => ({
  id,
  instance: Object.fromEntries(
    Object.entries(instance).map(([field, value]) => [
      field,
      typeof value === 'string' && value.length > MAX_TEXT
        ? `${value.slice(0, MAX_TEXT).toWellFormed()}…`
        : value,
    ]),
  ),
  target,
});
