import { EpochlogError } from '../../kernel/errors.ts';
import type { InferenceSession } from '../../kernel/ports/inference.ts';
import { InvalidInput, InvalidPackage } from '../../ml/errors.ts';
import type { Findings } from '../../ml/evaluation/findings.ts';
import { type EvaluationReport, reportOf } from '../../ml/evaluation/report.ts';
import { computedFields, type Instance } from '../../ml/instance/schema.ts';
import { bootstrapIntervals } from '../../ml/metrics/intervals.ts';
import { weightedNumbers } from '../../ml/metrics/measure.ts';
import type { OpenPackage } from '../../ml/package/open.ts';
import type { LearningProblem } from '../../ml/problem.ts';
import type { ServiceContext } from '../../schemas/catalogue.ts';
import type {
  EvaluationRequestedExamination as Asked,
  EvaluationCompleted,
} from '../../schemas/events.generated.ts';
import { ownMeasures, ownMetrics } from '../../tasks/metrics/own-metrics.ts';
import type { Computed } from '../../tasks/with-computed.ts';
import { examined, type Further, NOTHING_ASKED, partMetrics, tried } from './examine.ts';
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
import type { Quiet } from './quiet.ts';
import {
  bothLeftOut,
  type LeftOut,
  type Sample,
  type Source,
  type TrainingSplit,
  usableSamples,
} from './samples.ts';

/** A package, and the one it is compared with on the same samples. */
export interface Contest {
  package: string;
  baseline: { version: string; package: string } | null;
  /** @param computed numbers that the models expect beside the columns of the task */
  source: (computed: Computed) => Promise<Source>;
  /** of the dataset with that content, if it is known; not asked for a test split, from which no model learnt */
  trainingSplit?: (contentHash: string) => Promise<TrainingSplit | undefined>;
  includeTraining: boolean;
  /** what is looked at besides the metrics, with what that needs */
  examination?: {
    asked: Asked;
    edgeCases?: (computed: Computed) => Promise<Source>;
    outside?: (computed: Computed) => Promise<readonly Instance[]>;
  };
}

export type Verdict = Measured &
  Pick<
    EvaluationCompleted,
    'baseline' | 'reference' | 'inTraining' | 'lower' | 'upper' | 'operational' | 'suites'
  > & {
    report: EvaluationReport & Findings;
    /** the bytes of the model.onnx that was measured */
    onnx: Uint8Array;
    /** records of the source and of the edge cases */
    leftOut: LeftOut;
  };

/** What it is measured with. */
interface Ports extends Pick<ServiceContext, 'inference'> {
  readonly packages: Packages;
  /** of the metrics of the user */
  readonly metrics: string | undefined;
  /** shared by the evaluations that run beside each other */
  readonly quiet: Quiet;
  /** milliseconds that it may take */
  readonly limitMs: number;
}

/**
 * Measures a package, and the baseline. An EpochlogError that is not retriable says why that cannot be done.
 */
export async function evaluate(contest: Contest, ports: Ports): Promise<Verdict> {
  const signal = AbortSignal.timeout(ports.limitMs);
  try {
    const candidate = await ports.packages.open(contest.package);
    const baseline = contest.baseline && (await ports.packages.open(contest.baseline.package));
    const models = [candidate, baseline].filter((opened) => opened !== null);
    const tasks = models.map(({ task }) => task);
    assertAlike(tasks);
    const training = await trainingSplitsOf(models, contest);
    const { includeTraining } = contest;
    const computed = [...new Map(models.flatMap(({ schema }) => computedFields(schema)))];
    const choice = { tasks, training: training ?? [], includeTraining };
    const { usable, inTraining, ...source } = usableSamples(await contest.source(computed), choice);
    const { answers, costs } = await answersOf(ports, candidate, usable, signal);
    const rival = baseline && (await answersOf(ports, baseline, usable, signal));
    const drift = rival ? driftKl(answers, rival.answers) : undefined;
    const asked = contest.examination?.asked ?? NOTHING_ASKED;
    const { leftOut, ...further } = await furtherAnswers(
      contest,
      { ...choice, computed },
      candidate,
      usable,
      ports,
      signal,
    );
    const all = measuresOf(answers, usable);
    const found = await examined(candidate.schema, answers, all, usable, further, asked);
    const { task, scores } = answers;
    const { metrics, ...measured } = all;
    const { lower, upper } = await bootstrapIntervals(weightedNumbers(task, scores, usable), usable.length);
    signal.throwIfAborted();
    const own = await ownMeasures(ports.metrics, answers, usable, signal);
    const rivalOwn = rival ? await ownMetrics(ports.metrics, rival.answers, usable, signal) : {};
    return {
      ...measured,
      metrics: { ...metrics, ...found.metrics, ...own.values },
      lower: { ...lower, ...found.lower, ...own.lower },
      upper: { ...upper, ...found.upper, ...own.upper },
      suites: [...found.suites],
      report: { ...reportOf(task, scores, usable), ...found.report },
      operational: { ...costs, ...(drift !== undefined && { driftKl: drift }) },
      baseline: rival && {
        ...contest.baseline!,
        ...compared(answers, rival.answers, usable, asked, rivalOwn),
        operational: rival.costs,
      },
      reference: referenceOf(answers),
      inTraining: training && inTraining,
      onnx: candidate.onnx,
      leftOut: leftOut ? bothLeftOut(source.leftOut, leftOut) : source.leftOut,
    };
  } catch (error) {
    throw asRefusal(error, ports.limitMs);
  }
}

/** Edge cases, records of another kind and changed samples are asked about at the same time. */
async function furtherAnswers(
  { examination }: Contest,
  choice: Parameters<typeof usableSamples>[1] & { readonly computed: Computed },
  opened: WeighedPackage,
  samples: readonly Sample[],
  ports: Ports,
  signal: AbortSignal,
): Promise<Further & { leftOut: LeftOut | undefined }> {
  const { asked = NOTHING_ASKED, edgeCases, outside } = examination ?? {};
  const [edges, outsiders, changed] = await Promise.all([
    edgeCases?.(choice.computed).then(async (source) => {
      const { usable, leftOut } = usableSamples(source, choice);
      const scores = await withGraph(ports, opened, (session) =>
        ports.quiet.shared(() => predictAll(opened, session, usable, signal)),
      );
      return { answers: { task: opened.task, scores }, samples: usable, leftOut };
    }),
    outside?.(choice.computed).then(async (instances) => {
      const asked = instances.map((instance) => ({ instance }));
      const scores = await withGraph(ports, opened, (session) =>
        ports.quiet.shared(() => predictAll(opened, session, asked, signal)),
      );
      return { task: opened.task, scores };
    }),
    asked.robustness || asked.adversarial
      ? withGraph(ports, opened, (session) =>
          ports.quiet.shared(() => tried(opened, session, samples, asked, signal)),
        )
      : { robustness: [], adversarial: undefined },
  ]);
  return { edgeCases: edges, outside: outsiders, leftOut: edges?.leftOut, ...changed };
}

/** A classifier cannot be compared with a model that answers with a number. */
function assertAlike([own, other]: readonly LearningProblem[]): void {
  if (!own || !other || own.type === other.type) return;
  throw new EpochlogError('INPUT_INVALID', `a ${own.type} cannot be compared with a ${other.type}`);
}

const compared = (
  answers: Answers,
  baseline: Answers,
  usable: readonly Sample[],
  { windowMonths }: Asked,
  own: Readonly<Record<string, number>>,
) => ({
  metrics: {
    ...measuresOf(baseline, usable).metrics,
    ...partMetrics(baseline, usable, windowMonths),
    ...own,
  },
  ...pairedDifferences(answers, baseline, usable, windowMonths),
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
const answersOf = (
  ports: Ports,
  opened: WeighedPackage,
  samples: readonly Sample[],
  signal: AbortSignal,
): Promise<{ answers: Answers; costs: Record<string, number> }> =>
  withGraph(ports, opened, async (session) => {
    await opened.checkExamples(session.run);
    const scores = await ports.quiet.shared(() => predictAll(opened, session, samples, signal));
    const costs = await ports.quiet.alone(() => costsOf(opened, session, samples));
    return { answers: { task: opened.task, scores }, costs };
  });

/** Uses a session of the graph of a package, and closes it. */
export async function withGraph<T>(
  { inference }: Pick<Ports, 'inference'>,
  { onnx }: Pick<OpenPackage, 'onnx'>,
  use: (session: InferenceSession) => Promise<T>,
): Promise<T> {
  let session: InferenceSession | undefined;
  try {
    session = await inference.open(onnx);
    return await use(session);
  } finally {
    await session?.close();
  }
}

/** What is wrong with what was given, as an error of the table. */
function asRefusal(error: unknown, limitMs: number): unknown {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return new EpochlogError(
      'CANCELLED',
      `the evaluation took longer than ${limitMs / 1_000} s: measure on fewer records, examine less, or raise EPOCHLOG_EVALUATOR_LIMIT_SECONDS`,
      { cause: error },
    );
  if (error instanceof InvalidPackage)
    return new EpochlogError('PACKAGE_INVALID', error.message, { cause: error });
  if (!(error instanceof InvalidInput)) return error;
  const code = error.code === 'empty' ? 'INPUT_EMPTY' : 'INPUT_UNREADABLE';
  return new EpochlogError(code, error.message, { cause: error });
}
