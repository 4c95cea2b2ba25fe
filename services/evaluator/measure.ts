import type { InferenceSession } from '../../kernel/ports/inference.ts';
import { answersTo, confidencesIn } from '../../ml/answers.ts';
import { categoricalHistogram, histogram, quantileEdges } from '../../ml/drift/histogram.ts';
import { recentRows } from '../../ml/evaluation/parts.ts';
import { OTHER_SETS } from '../../ml/label-sets.ts';
import type { DenseMatrix } from '../../ml/matrix.ts';
import { PRIMARY_METRIC } from '../../ml/metrics/catalogue.ts';
import { lossesOf, measure, numbersIn, standardErrorsOf } from '../../ml/metrics/measure.ts';
import type { OpenPackage } from '../../ml/package/open.ts';
import { type LearningProblem, scoresOf } from '../../ml/problem.ts';
import { pairedDifference } from '../../ml/statistics/paired.ts';
import type {
  EvaluationCompleted,
  EvaluationCompletedHistogram as Histogram,
  EvaluationCompletedPairedDifference as PairedDifference,
} from '../../schemas/events.generated.ts';
import type { Sample } from './samples.ts';

const BATCH = 64; // some 10 ms of preparing, so that others get their turn
const BINS = 10;
const MAX_SETS = 20;
const MIN_PAIRED = 50; // of fewer log losses, which are skewed, the mean is not normal enough to be tested

/** A row of scores for each sample. The next batch is prepared while one runs. */
export async function predictAll(
  opened: OpenPackage,
  session: InferenceSession,
  samples: readonly Pick<Sample, 'instance'>[],
  signal?: AbortSignal,
): Promise<DenseMatrix> {
  const columns = scoresOf(opened.task);
  const values = new Float32Array(samples.length * columns);
  const scoresFrom = async (start: number) => {
    const batch = samples.slice(start, start + BATCH).map(({ instance }) => opened.validate(instance));
    return opened.score(batch, session.run);
  };
  let next: Promise<DenseMatrix> | undefined;
  for (let start = 0; start < samples.length; start += BATCH) {
    signal?.throwIfAborted();
    const running = next ?? scoresFrom(start);
    if (start + BATCH < samples.length) next = scoresFrom(start + BATCH);
    next?.catch(() => {}); // where this batch fails, that of the next is not waited for
    values.set((await running).values, start * columns);
  }
  return { rows: samples.length, columns, values };
}

/** What was measured of one package. */
export type Measured = Pick<
  EvaluationCompleted,
  'samples' | 'metrics' | 'primaryMetric' | 'standardErrors' | 'perClass' | 'confusion' | 'coverage'
>;

/** What a model learnt to answer, and what it answered to the samples of an evaluation. */
export interface Answers {
  readonly task: LearningProblem;
  readonly scores: DenseMatrix;
}

/** @param samples of a classifier, all of whose labels it knows; else with numbers */
export function measuresOf({ task, scores }: Answers, samples: readonly Sample[]): Measured {
  const measures = measure(task, scores, samples);
  const coverage = measures.type === 'classification' ? Object.entries(measures.accuracyAtCoverage) : [];
  return {
    samples: measures.samples,
    metrics: numbersIn(measures),
    primaryMetric: PRIMARY_METRIC[task.type],
    standardErrors: standardErrorsOf(lossesOf(task, scores, samples)),
    perClass: measures.type === 'regression' ? [] : measures.perClass,
    confusion: measures.type === 'classification' ? measures.confusion : [],
    coverage: coverage.map(([fraction, accuracy]) => ({ coverage: Number(fraction), accuracy })),
  };
}

/** Compares the losses of two models of the same kind sample by sample: on all samples, and on those of the last months. */
export function pairedDifferences(
  candidate: Answers,
  baseline: Answers,
  samples: readonly Sample[],
  windowMonths: number,
): { paired: PairedDifference[]; pairedRecent: PairedDifference[] } {
  const others = lossesOf(baseline.task, baseline.scores, samples);
  const own = [...lossesOf(candidate.task, candidate.scores, samples)];
  const recent = recentRows(samples, windowMonths);
  const of = (losses: Float64Array) => Float64Array.from(recent, (row) => losses[row]!);
  return {
    paired: own.map(([metric, losses]) => ({ metric, ...pairedDifference(losses, others.get(metric)!) })),
    pairedRecent:
      recent.length < MIN_PAIRED
        ? []
        : own.map(([metric, losses]) => ({
            metric,
            ...pairedDifference(of(losses), of(others.get(metric)!)),
          })),
  };
}

/** What a model answers on samples it has not seen: the frozen reference of drift. Numbers in bins of equal size. */
export function referenceOf({ task, scores }: Answers): Histogram[] {
  if (task.type === 'regression') return [numeric('predicted_value', [...scores.values])];
  const predicted = answersTo(task, scores).map(String);
  const categories = task.type === 'multilabel' ? frequentSets(predicted) : task.labels;
  const counted = predicted.map((answer) => (categories.includes(answer) ? answer : OTHER_SETS));
  const counts = categoricalHistogram(counted, categories);
  return [
    { feature: 'predicted_class', edges: [], categories, counts, missing: 0 },
    numeric('confidence', [...confidencesIn(task, scores)]),
  ];
}

/** The sets of labels that are answered most, and what stands for all others, here and in production. */
function frequentSets(answers: readonly string[]): string[] {
  const counts = [...Map.groupBy(answers, (answer) => answer)];
  const sets = counts
    .sort(([a, own], [b, other]) => other.length - own.length || (a < b ? -1 : 1))
    .slice(0, MAX_SETS)
    .map(([set]) => set);
  return [...sets, OTHER_SETS];
}

function numeric(feature: string, values: readonly number[]): Histogram {
  const edges = quantileEdges(values, BINS);
  return { feature, edges, categories: [], counts: histogram(values, edges), missing: 0 };
}
