import type { InferenceSession } from '../../kernel/ports/inference.ts';
import { errorsOf } from '../../ml/evaluation/errors.ts';
import type { Findings } from '../../ml/evaluation/findings.ts';
import {
  chosen,
  type Part,
  prefixed,
  recentPart,
  SUITE_WEIGHTS,
  type Suite,
  suiteScore,
} from '../../ml/evaluation/parts.ts';
import type { Score } from '../../ml/explain/black-box.ts';
import { type Fairness, fairnessOf } from '../../ml/fairness/fairness.ts';
import type { Instance, InstanceSchema } from '../../ml/instance/schema.ts';
import { PRIMARY_METRIC } from '../../ml/metrics/catalogue.ts';
import type { OpenPackage } from '../../ml/package/open.ts';
import { type AdversarialResult, attack } from '../../ml/robustness/adversarial.ts';
import { outOfDistribution } from '../../ml/robustness/out-of-distribution.ts';
import { type RobustnessResult, robustnessOf } from '../../ml/robustness/robustness.ts';
import type { EvaluationRequestedExamination as Asked } from '../../schemas/events.generated.ts';
import { type Answers, type Measured, measuresOf, predictAll } from './measure.ts';
import type { Sample } from './samples.ts';

/** Each perturbation is ten times as many predictions; an attack some hundred for each sample. */
const MAX_PERTURBED = 300;
const MAX_ATTACKED = 100;
const MAX_GROUPS = 20;

/** What was found besides the metrics; `metrics` has its numbers, under names with a dot. */
export interface Examined {
  readonly metrics: Record<string, number>;
  readonly lower: Record<string, number>;
  readonly upper: Record<string, number>;
  readonly suites: readonly Suite[];
  readonly report: Findings;
}

/** What needs further predictions, and what was answered to it. */
export interface Further {
  readonly edgeCases: { readonly answers: Answers; readonly samples: readonly Sample[] } | undefined;
  readonly outside: Answers | undefined;
  readonly robustness: readonly RobustnessResult[];
  readonly adversarial: AdversarialResult | undefined;
}

export const NOTHING_ASKED: Asked = {
  edgeCases: null,
  outside: null,
  windowMonths: 3,
  groups: [],
  robustness: false,
  adversarial: false,
  edgeCasesName: null,
  outsideName: null,
};

/** Tries the model on changed samples, as far as that is asked for. */
export async function tried(
  opened: OpenPackage,
  session: InferenceSession,
  samples: readonly Sample[],
  { robustness, adversarial }: Asked,
  signal: AbortSignal,
): Promise<Pick<Further, 'robustness' | 'adversarial'>> {
  const score: Score = (instances) =>
    predictAll(
      opened,
      session,
      instances.map((instance) => ({ instance })),
      signal,
    );
  const model = { task: opened.task, schema: opened.schema, score, clean: opened.clean };
  return {
    robustness: robustness ? await robustnessOf(model, evenly(samples, MAX_PERTURBED)) : [],
    adversarial: adversarial ? await attack(model, evenly(samples, MAX_ATTACKED)) : undefined,
  };
}

/**
 * All that is found in the answers of a model to the samples of an evaluation, and to what was asked further.
 *
 * @param measured the metrics on all samples
 */
export async function examined(
  schema: InstanceSchema,
  answers: Answers,
  { metrics: measured }: Pick<Measured, 'metrics'>,
  samples: readonly Sample[],
  further: Further,
  { windowMonths, groups }: Asked,
): Promise<Examined> {
  const { task, scores } = answers;
  const fairness = await fairnessOver(groups, schema, answers, samples);
  const recent = recentPart(task, scores, samples, windowMonths);
  const metric = PRIMARY_METRIC[task.type];
  const suites = suitesOf(metric, { samples: samples.length, metrics: measured }, further, recent);
  const outside =
    further.outside && task.type !== 'regression' ? outOfDistribution(scores, further.outside.scores) : null;
  const { robustness, adversarial = null } = further;
  return {
    metrics: {
      ...recencyMetrics(recent),
      ...(further.edgeCases && prefixed('edgeCases', edgeMetrics(further.edgeCases))),
      ...(suites.length > 1 && { 'suites.score': suiteScore(suites) }),
      ...Object.assign({}, ...fairness.map(fairnessMetrics)),
      ...Object.fromEntries(
        robustness.map(({ perturbation, metric, mean }) => [`robustness.${perturbation}.${metric}`, mean]),
      ),
      ...(adversarial && { 'adversarial.flipRate5': adversarial.flipRate[5] }),
      ...(outside && { 'outside.auroc': outside.auroc }),
    },
    ...fairnessEnds(fairness),
    suites,
    report: {
      ...errorsOf(task, schema, scores, samples),
      ...{ fairness, robustness, adversarial, outOfDistribution: outside },
    },
  };
}

/** The metrics on the recent samples, by names such as `recency.accuracy`: of the baseline too. */
export function partMetrics(
  { task, scores }: Answers,
  samples: readonly Sample[],
  windowMonths: number,
): Record<string, number> {
  return recencyMetrics(recentPart(task, scores, samples, windowMonths));
}

const recencyMetrics = (recent: Part | undefined): Record<string, number> =>
  recent ? prefixed('recency', recent.metrics) : {};

const edgeMetrics = ({ answers, samples }: NonNullable<Further['edgeCases']>) =>
  chosen(measuresOf(answers, samples).metrics);

function suitesOf(metric: string, all: Part, { edgeCases }: Further, recent: Part | undefined): Suite[] {
  const suite = (name: Suite['suite'], { samples, metrics }: Part): Suite => ({
    ...{ suite: name, weight: SUITE_WEIGHTS[name], samples, score: metrics[metric]! },
  });
  const edges = edgeCases && { samples: edgeCases.samples.length, metrics: edgeMetrics(edgeCases) };
  return [
    suite('test', all),
    ...(edges ? [suite('edgeCases', edges)] : []),
    ...(recent ? [suite('recency', recent)] : []),
  ];
}

/** Over the fields that were asked for, or else over the categories and booleans of the instance. */
async function fairnessOver(
  asked: readonly string[],
  { fields }: InstanceSchema,
  { task, scores }: Answers,
  samples: readonly Sample[],
): Promise<Fairness[]> {
  const isSmall = (name: string) =>
    new Set(samples.map((sample) => groupOf(sample, name))).size <= MAX_GROUPS;
  const usual = Object.keys(fields).filter(
    (name) => ['category', 'boolean'].includes(fields[name]!.type) && isSmall(name),
  );
  const found: Fairness[] = [];
  for (const name of asked.length > 0 ? asked : usual) {
    const groups = samples.map((sample) => groupOf(sample, name));
    const fairness = await fairnessOf(name, groups, task, scores, samples);
    if (fairness) found.push(fairness);
  }
  return found;
}

function groupOf({ instance, group }: Sample, field: string): string | null {
  const value: Instance[string] | undefined = Object.hasOwn(instance, field)
    ? instance[field]
    : field === 'group'
      ? group
      : null;
  return value === null || value === undefined ? null : String(value);
}

const fairnessMetrics = ({
  field,
  demographicParity,
  equalOpportunity,
}: Fairness): Record<string, number> => ({
  [`fairness.${field}.demographicParity`]: demographicParity,
  ...(equalOpportunity !== null && { [`fairness.${field}.equalOpportunity`]: equalOpportunity }),
});

function fairnessEnds(fairness: readonly Fairness[]): Pick<Examined, 'lower' | 'upper'> {
  const ends = (side: 0 | 1) =>
    Object.fromEntries(
      fairness.flatMap(({ field, intervals }) =>
        Object.entries(intervals).map(([name, interval]) => [`fairness.${field}.${name}`, interval[side]]),
      ),
    );
  return { lower: ends(0), upper: ends(1) };
}

/** At most so many, evenly spread. */
const evenly = <T>(items: readonly T[], most: number): readonly T[] =>
  items.length <= most
    ? items
    : Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)]!);
