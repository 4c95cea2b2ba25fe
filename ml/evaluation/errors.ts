import type { Instance, InstanceSchema } from '../instance/schema.ts';
import { argmaxRows, type DenseMatrix } from '../matrix.ts';
import { logLosses, zeroOneLosses } from '../metrics/losses.ts';
import { classesOf, type LearningProblem, numbersOf } from '../problem.ts';
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
  const found =
    task.type === 'regression' ? ofNumbers(scores, samples) : ofClasses(task.labels, scores, samples);
  const { looked, slices } = worstSlices(attributes, found.losses);
  return {
    mistakes: found.mistakes,
    confused: found.confused,
    errorsBy: attributes.flatMap((attribute) => lossesBy(attribute, found.losses)),
    slices,
    looked,
  };
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

function ofClasses(labels: readonly string[], scores: DenseMatrix, samples: readonly KnownExample[]): Found {
  const actual = classesOf(samples, labels);
  const predicted = argmaxRows(scores);
  const losses = zeroOneLosses(scores, actual);
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
