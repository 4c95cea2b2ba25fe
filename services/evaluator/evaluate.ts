import { EpochlogError } from '../../kernel/errors.ts';
import type { InferenceSession } from '../../kernel/ports/inference.ts';
import { InvalidInput, InvalidPackage } from '../../ml/errors.ts';
import { type EvaluationReport, reportOf } from '../../ml/evaluation/report.ts';
import { bootstrapIntervals } from '../../ml/metrics/intervals.ts';
import { weightedNumbers } from '../../ml/metrics/measure.ts';
import type { OpenPackage } from '../../ml/package/open.ts';
import type { LearningProblem } from '../../ml/problem.ts';
import type { ServiceContext } from '../../schemas/catalogue.ts';
import type { EvaluationCompleted } from '../../schemas/events.generated.ts';
import {
  type Answers,
  type Measured,
  measuresOf,
  pairedDifferences,
  predictAll,
  referenceOf,
} from './measure.ts';
import { costsOf, driftKl } from './operational.ts';
import type { Packages, WeighedPackage } from './packages.ts';
import { type Sample, type Source, type TrainingSplit, usableSamples } from './samples.ts';

/** A package, and the one it is compared with on the same samples. */
export interface Contest {
  package: string;
  baseline: { version: string; package: string } | null;
  source: () => Promise<Source>;
  /** of the dataset with that content, if it is known; not asked for a test split, which nobody learnt from */
  trainingSplit?: (contentHash: string) => Promise<TrainingSplit | undefined>;
  includeTraining: boolean;
}

export type Verdict = Measured &
  Pick<EvaluationCompleted, 'baseline' | 'reference' | 'inTraining' | 'lower' | 'upper' | 'operational'> & {
    report: EvaluationReport;
    /** the bytes of the model.onnx that was measured */
    onnx: Uint8Array;
    leftOut: { unknownTarget: number; unreadable: number };
  };

/** What it is measured with. */
interface Ports extends Pick<ServiceContext, 'inference'> {
  readonly packages: Packages;
}

/**
 * Measures a package, and the baseline. An EpochlogError that is not retriable says why that cannot be done.
 */
export async function evaluate(contest: Contest, ports: Ports): Promise<Verdict> {
  try {
    const candidate = await ports.packages.open(contest.package);
    const baseline = contest.baseline && (await ports.packages.open(contest.baseline.package));
    const models = [candidate, baseline].filter((opened) => opened !== null);
    const tasks = models.map(({ task }) => task);
    assertAlike(tasks);
    const training = await trainingSplitsOf(models, contest);
    const { includeTraining } = contest;
    const choice = { tasks, training: training ?? [], includeTraining };
    const { usable, inTraining, leftOut } = usableSamples(await contest.source(), choice);
    const { answers, costs } = await answersOf(ports, candidate, usable);
    const rival = baseline && (await answersOf(ports, baseline, usable));
    const drift = rival ? driftKl(answers, rival.answers) : undefined;
    const { task, scores } = answers;
    return {
      ...measuresOf(answers, usable),
      ...(await bootstrapIntervals(weightedNumbers(task, scores, usable), usable.length)),
      report: reportOf(task, scores, usable),
      operational: { ...costs, ...(drift !== undefined && { driftKl: drift }) },
      baseline: rival && {
        ...contest.baseline!,
        ...compared(answers, rival.answers, usable),
        operational: rival.costs,
      },
      reference: referenceOf(answers),
      inTraining: training && inTraining,
      onnx: candidate.onnx,
      leftOut,
    };
  } catch (error) {
    throw asRefusal(error);
  }
}

/** A classifier cannot be compared with a model that answers with a number. */
function assertAlike([own, other]: readonly LearningProblem[]): void {
  if (!own || !other || own.type === other.type) return;
  throw new EpochlogError('INPUT_INVALID', `a ${own.type} cannot be compared with a ${other.type}`);
}

const compared = (answers: Answers, baseline: Answers, usable: readonly Sample[]) => ({
  metrics: measuresOf(baseline, usable).metrics,
  paired: pairedDifferences(answers, baseline, usable),
});

/** The training splits of all models, or null when one is not known. */
async function trainingSplitsOf(
  models: readonly OpenPackage[],
  { trainingSplit }: Contest,
): Promise<TrainingSplit[] | null> {
  const splits: TrainingSplit[] = [];
  for (const { trainedOn } of models) {
    const split = trainedOn === undefined ? undefined : await trainingSplit?.(trainedOn);
    if (!split) return null;
    splits.push(split);
  }
  return splits;
}

/** What a model answers, and what that costs. */
async function answersOf(
  { inference }: Ports,
  opened: WeighedPackage,
  samples: readonly Sample[],
): Promise<{ answers: Answers; costs: Record<string, number> }> {
  let session: InferenceSession | undefined;
  try {
    session = await inference.open(opened.onnx);
    await opened.checkExamples(session.run);
    const answers = { task: opened.task, scores: await predictAll(opened, session, samples) };
    return { answers, costs: await costsOf(opened, session, samples) };
  } finally {
    await session?.close();
  }
}

/** What is wrong with what was given, as an error of the table. */
function asRefusal(error: unknown): unknown {
  if (error instanceof InvalidPackage)
    return new EpochlogError('PACKAGE_INVALID', error.message, { cause: error });
  if (!(error instanceof InvalidInput)) return error;
  const code = error.code === 'empty' ? 'INPUT_EMPTY' : 'INPUT_UNREADABLE';
  return new EpochlogError(code, error.message, { cause: error });
}
