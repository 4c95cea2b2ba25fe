import { didYouMean } from '../../kernel/nearest.ts';
import { isOwnMetric } from '../../ml/metrics/operational.ts';
import { EXPERIMENT_METRICS } from '../../ml/statistics/experiment-catalogue.ts';
import type { ExperimentRequested, ExperimentStarted } from '../../schemas/events.generated.ts';
import { inProduction, isRetired } from '../../schemas/models/production.ts';
import { metricsOf, problemOf, rulesOf } from './design.ts';
import { type Comparable, type Experimenting, modelOf } from './state.ts';

export interface Refusal {
  readonly code: 'CONFLICT' | 'NOT_FOUND' | 'INPUT_INVALID';
  readonly reason: string;
}

const MAX_ARMS = 10;
const MAX_SEGMENTS = 5;
const MAX_METRICS = 20;
const ROLES = ['primary', 'guardrail', 'secondary'];
const SHARES_TOLERANCE = 1e-6;

const invalid = (reason: string): Refusal => ({ code: 'INPUT_INVALID', reason });
const conflict = (reason: string): Refusal => ({ code: 'CONFLICT', reason });

/** Why an experiment is not started; undefined when it is. */
export function refusalOf(state: Experimenting, request: ExperimentRequested): Refusal | undefined {
  const before = state.experiments.get(request.experimentId);
  if (before) {
    const { model } = before.started;
    return conflict(
      `there is an experiment ${request.experimentId} of ${model} already, which ${before.state === 'running' ? 'is running' : `was ${before.state}`}: give this one another name`,
    );
  }
  const model = modelOf(state, request.model);
  return (
    modelRefusal(model, request) ??
    armsRefusal(model, request) ??
    audienceRefusal(request) ??
    ownMetricsRefusal(model, request) ??
    metricsRefusal(model, request) ??
    rulesRefusal(model, request)
  );
}

function modelRefusal(
  { versions, decisions }: Comparable,
  { model }: ExperimentRequested,
): Refusal | undefined {
  if (versions.size === 0) {
    return { code: 'NOT_FOUND', reason: `no version of ${model} is registered: train one first` };
  }
  if (isRetired(decisions)) {
    return conflict(`${model} is retired: promote one of its versions to bring it back`);
  }
  return inProduction(decisions)
    ? undefined
    : conflict(`no version of ${model} is in production to compare with`);
}

function armsRefusal(
  { versions, expired, decisions }: Comparable,
  request: ExperimentRequested,
): Refusal | undefined {
  const { arms, model } = request;
  if (arms.length < 2 || arms.length > MAX_ARMS) {
    return invalid(
      `it has ${arms.length} arms: a control and one treatment are needed, and ${MAX_ARMS} arms are allowed`,
    );
  }
  const twice = duplicateOf(arms.map(({ name }) => name));
  if (twice !== undefined) return invalid(`two arms are named ${twice}: give each its own name`);
  const bad = arms.find(({ share }) => !(share > 0));
  if (bad) return invalid(`the share of ${bad.name} is ${bad.share}: each arm needs more than 0 per cent`);
  const sum = arms.reduce((total, { share }) => total + share, 0);
  if (!(Math.abs(sum - 100) <= SHARES_TOLERANCE)) {
    return invalid(`the shares ${arms.map(({ share }) => share).join(', ')} sum to ${sum}, not to 100`);
  }
  const unknown = arms.find(({ version }) => !versions.has(version));
  if (unknown) {
    const known = [...versions.keys()];
    const nearest = didYouMean(unknown.version, known);
    const reason = `there is no ${unknown.version} of ${model}; registered: ${known.slice(-10).join(', ')}${nearest}`;
    return { code: 'NOT_FOUND', reason };
  }
  const gone = arms.find(({ version }) => expired.has(version));
  if (gone)
    return conflict(
      `the package of ${gone.version} was deleted by the retention of the policy: train it again`,
    );
  const { version } = inProduction(decisions)!;
  const [control] = arms;
  return control!.version === version
    ? undefined
    : conflict(
        `the control is ${control!.version}, and ${version} is in production: what is in production answers where an arm fails, so it has to be the control`,
      );
}

function audienceRefusal({ traffic, audience, segments }: ExperimentRequested): Refusal | undefined {
  if (!(traffic > 0 && traffic <= 100)) {
    return invalid(`${traffic} per cent of the traffic cannot take part: more than 0, and 100 at most`);
  }
  const empty = audience.attributes.find(({ values }) => values.length === 0);
  if (empty) return invalid(`nobody can take part: the attribute ${empty.name} has no values`);
  const twice = duplicateOf(audience.attributes.map(({ name }) => name)) ?? duplicateOf(segments);
  if (twice !== undefined) return invalid(`the attribute ${twice} is named twice`);
  return segments.length > MAX_SEGMENTS
    ? invalid(`${segments.length} segments are too many to be read: ${MAX_SEGMENTS} at most`)
    : undefined;
}

/** Metrics of the user: each has a table of what an answer is worth, which is in the log with the experiment. */
function ownMetricsRefusal(
  model: Comparable,
  { ownMetrics, metrics, arms }: ExperimentRequested,
): Refusal | undefined {
  if (ownMetrics.length > 0 && problemOf(model.versions.get(arms[0]!.version)!) !== 'classification')
    return invalid(`${ownMetrics[0]!.metric} has a value for each pair of labels, and the model gives none`);
  const named = new Set(metrics.map(({ metric }) => metric));
  for (const own of ownMetrics) {
    const why = whyOwnUnfit(own);
    if (why !== undefined) return invalid(why);
    if (!named.has(own.metric)) return invalid(`${own.metric} has values, and is none of the metrics`);
  }
  const twice = duplicateOf(ownMetrics.map(({ metric }) => metric));
  if (twice !== undefined) return invalid(`the values of ${twice} are given twice`);
  const tables = ownMetrics.map(({ metric }) => metric);
  const without = metrics.find(({ metric }) => isOwnMetric(metric) && !tables.includes(metric));
  return (
    without &&
    invalid(
      `${without.metric} is a metric of yours: say what each answer is worth (ownMetrics), or start the experiment by command`,
    )
  );
}

function whyOwnUnfit({ metric, otherwise, values }: ExperimentRequested['ownMetrics'][number]) {
  if (!isOwnMetric(metric)) return `${metric} is no metric of yours: its name is custom.NAME`;
  const pairs = values.map(({ actual, predicted }) => `${predicted} where ${actual} is right`);
  const twice = duplicateOf(pairs);
  if (twice !== undefined) return `${metric} has two values for ${twice}`;
  const wrong = [{ value: otherwise }, ...values].find(({ value }) => !Number.isFinite(value));
  return wrong && `${metric} has the value ${wrong.value}: all must be finite`;
}

function metricsRefusal(model: Comparable, request: ExperimentRequested): Refusal | undefined {
  const problem = problemOf(model.versions.get(request.arms[0]!.version)!);
  const metrics = metricsOf(request, problem);
  const known = Object.keys(EXPERIMENT_METRICS).filter((name) =>
    [null, problem].includes(EXPERIMENT_METRICS[name]!.appliesTo),
  );
  known.push(...request.ownMetrics.map(({ metric }) => metric));
  for (const metric of metrics) {
    const why = whyMetricUnfit(metric, known);
    if (why !== undefined) return invalid(why);
  }
  const twice = duplicateOf(metrics.map(({ metric }) => metric));
  if (twice !== undefined) return invalid(`the metric ${twice} is named twice`);
  return metrics.length > MAX_METRICS
    ? invalid(`${metrics.length} metrics are more than ${MAX_METRICS}`)
    : undefined;
}

function whyMetricUnfit(
  { metric, role, better, margin }: ExperimentStarted['metrics'][number],
  known: readonly string[],
): string | undefined {
  if (!known.includes(metric)) {
    return `the model has no metric ${metric}${didYouMean(metric, known)}; there are: ${known.join(', ')}`;
  }
  if (!ROLES.includes(role)) return `${metric} cannot be ${role}: ${ROLES.join(', ')}`;
  if (better !== 'higher' && better !== 'lower')
    return `of ${metric} higher or lower can be better, not ${better}`;
  if (role !== 'guardrail') return undefined;
  if (margin === null)
    return `the guardrail ${metric} needs a margin, in its unit: how much worse is tolerated`;
  return margin >= 0 && Number.isFinite(margin)
    ? undefined
    : `the margin of ${metric} is ${margin}: it is a number from 0`;
}

function rulesRefusal(model: Comparable, request: ExperimentRequested): Refusal | undefined {
  const rules = rulesOf(request, model.policy);
  const { minimumUnits, minimumImprovement, significance, analyseEvery, maximumDuration } = rules;
  if (minimumUnits < 2) return invalid(`an arm of ${minimumUnits} units cannot be compared: 2 or more`);
  if (!(significance > 0 && significance <= 0.5)) {
    return invalid(`the significance is ${significance}: more than 0, and 0.5 at most`);
  }
  if (!(minimumImprovement >= 0 && Number.isFinite(minimumImprovement))) {
    return invalid(`the least improvement is ${minimumImprovement}: it is a number from 0`);
  }
  if (analyseEvery < 1_000) return invalid(`it cannot be analysed every ${analyseEvery} ms: 1 s or more`);
  if (maximumDuration < analyseEvery) {
    return invalid(`it ends after ${maximumDuration} ms, before its first analysis after ${analyseEvery} ms`);
  }
  if (request.minimumImprovement !== null) return undefined;
  const problem = problemOf(model.versions.get(request.arms[0]!.version)!);
  const other = metricsOf(request, problem).find(
    ({ metric, role }) => role === 'primary' && EXPERIMENT_METRICS[metric]?.unit !== 'fraction',
  );
  return (
    other &&
    invalid(
      `say by how much ${other.metric} has to improve, in its unit: the policy says ${minimumImprovement} of shares`,
    )
  );
}

const duplicateOf = (names: readonly string[]): string | undefined =>
  names.find((name, at) => names.indexOf(name) !== at);
