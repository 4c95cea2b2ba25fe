import { METRICS } from '../../ml/metrics/catalogue.ts';
import { difference, interval, measure, probability } from '../../ml/metrics/format.ts';
import { isOwnMetric, OPERATIONAL } from '../../ml/metrics/operational.ts';
import type { EvaluationCompleted } from '../../schemas/events.generated.ts';
import type { GateCheck } from '../../services/registrar/gates.ts';
import type { Test, Verdict } from './verdict.ts';

/** Two versions beside each other on the same samples. */
export interface Comparison {
  readonly model: string;
  readonly baseline: string;
  readonly candidate: string;
  /** what the samples are, for people */
  readonly source: string;
  readonly evaluation: EvaluationCompleted;
  readonly tests: readonly Test[];
  readonly gates: readonly GateCheck[];
  readonly verdict: Verdict;
}

/** A comparison as Markdown, which a pull request shows as it is. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { model, baseline, candidate, source, evaluation, tests, gates, verdict } = comparison;
  return `# ${verdict.outcome}: ${candidate} beside ${baseline} of ${model}

${verdict.reasons.map((reason) => `- ${reason}`).join('\n')}

On the same ${evaluation.samples} samples of ${source}.

| metric | ${baseline} | ${candidate} | difference | |
|---|---|---|---|---|
${rowsOf(evaluation).join('\n')}

| test | improvement | 95 % interval | p, two-sided | |
|---|---|---|---|---|
${tests.map(testRow).join('\n')}
${gates.length === 0 ? '' : `\n${gateTable(gates)}\n`}`;
}

const rowsOf = (evaluation: EvaluationCompleted): string[] => [
  ...metricRows(evaluation),
  ...operationalRows(evaluation),
];

function* metricRows({ metrics, baseline }: EvaluationCompleted): Iterable<string> {
  for (const [name, value] of Object.entries(metrics)) {
    const rival = baseline?.metrics[name];
    const known = Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
    if (rival === undefined || !(known || isOwnMetric(name))) continue;
    const isBetter = known?.better === 'higher' ? value > rival : value < rival;
    const note = !known || value === rival ? '' : isBetter ? 'better' : 'worse';
    yield `| ${name} | ${measure(name, rival, 2)} | ${measure(name, value, 2)} | ${difference(name, value - rival, 2)} | ${note} |`;
  }
}

function* operationalRows({ operational, baseline }: EvaluationCompleted): Iterable<string> {
  for (const [name, value] of Object.entries(operational)) {
    const rival = baseline?.operational[name];
    const unit = OPERATIONAL[name]?.unit ?? '';
    const shown = (number: number) => `${Number(number.toPrecision(3))} ${unit}`;
    const change = rival === undefined ? '' : `${value >= rival ? '+' : ''}${shown(value - rival)}`;
    yield `| ${name} | ${rival === undefined ? '' : shown(rival)} | ${shown(value)} | ${change} | |`;
  }
}

function testRow({ name, metric, improvement, interval: range, pValue, discordance }: Test): string {
  const counts = discordance
    ? `${discordance.better} samples only the new one has right, ${discordance.worse} only the old one`
    : '';
  return `| ${name} of ${metric} | ${difference(metric, improvement, 2)} | ${interval(metric, range)} | ${probability(pValue)} | ${counts} |`;
}

const gateTable = (gates: readonly GateCheck[]): string => `| gate | value | must be | |
|---|---|---|---|
${gates.map(gateRow).join('\n')}`;

function gateRow({ metric, value, comparison, threshold, unit, level, passed }: GateCheck): string {
  const shown = (number: number | null) =>
    number === null ? 'not measured' : `${Number(number.toPrecision(4))}`;
  const said = passed ? 'ok' : level === 'warning' ? 'warning' : 'failed';
  return `| ${metric}${unit === '' ? '' : ` (${unit})`} | ${shown(value)} | ${comparison} ${shown(threshold)} | ${said} |`;
}
