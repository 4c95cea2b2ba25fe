import type { InferenceSession } from '../../kernel/ports/inference.ts';
import { answersTo } from '../../ml/answers.ts';
import { categoricalHistogram, histogram, quantileEdges } from '../../ml/drift/histogram.ts';
import { klDivergence } from '../../ml/drift/kl.ts';
import type { OpenPackage } from '../../ml/package/open.ts';
import { labelsOf } from '../../ml/problem.ts';
import type { Answers } from './measure.ts';
import type { WeighedPackage } from './packages.ts';
import type { Sample } from './samples.ts';

const MEGABYTE = 1024 * 1024;
const WARM_UP = 5;
const TIMED = 60;
/** A slow model is timed less often: an evaluation is no benchmark. */
const TIMED_MS = 2_000;
const BINS = 10;

/** Size, memory and latency of a model that has just answered all samples; see ml/metrics/operational.ts. */
export async function costsOf(
  opened: WeighedPackage,
  session: InferenceSession,
  samples: readonly Sample[],
): Promise<Record<string, number>> {
  const p95Ms = await p95(opened, session, samples);
  const memory = session.residentBytes?.();
  return {
    sizeMb: opened.bytes / MEGABYTE,
    p95Ms,
    ...(memory !== undefined && { memoryMb: memory / MEGABYTE }),
  };
}

/** The 95th percentile of single predictions, from the instance to the scores, in milliseconds. */
async function p95(
  opened: OpenPackage,
  session: InferenceSession,
  samples: readonly Sample[],
): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + TIMED_MS;
  for (let at = 0; at < WARM_UP + TIMED && (at <= WARM_UP || performance.now() < end); at++) {
    const { instance } = samples[at % samples.length]!;
    const started = performance.now();
    await opened.score([opened.validate(instance)], session.run);
    if (at >= WARM_UP) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return times[Math.ceil(0.95 * times.length) - 1]!;
}

/** How far the answers of a model are from those of the baseline on the same samples; undefined where they cannot be compared. */
export function driftKl(candidate: Answers, baseline: Answers): number | undefined {
  if (candidate.task.type === 'regression') {
    const edges = quantileEdges([...baseline.scores.values], BINS);
    return klDivergence(histogram(baseline.scores.values, edges), histogram(candidate.scores.values, edges));
  }
  if (baseline.task.type === 'regression') return undefined;
  const answers = [baseline, candidate].map(({ task, scores }) => answersTo(task, scores).map(String));
  const known = candidate.task.type === 'multilabel' ? answers.flat() : labelsOfBoth(baseline, candidate);
  const categories = [...new Set(known)];
  const [reference, actual] = answers.map((own) => categoricalHistogram(own, categories));
  return klDivergence(reference!, actual!);
}

const labelsOfBoth = (...both: readonly Answers[]): string[] =>
  both.flatMap(({ task }) => labelsOf(task) ?? []);
