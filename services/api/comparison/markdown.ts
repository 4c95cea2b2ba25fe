import type { GateCheck } from '../../../ml/gates/check.ts';
import { difference, interval, measure, probability } from '../../../ml/metrics/format.ts';
import type { EvaluationCompleted } from '../../../schemas/events.generated.ts';
import { type Compared, type Comparison, costsCompared, metricsCompared } from './comparison.ts';
import type { Test } from './verdict.ts';

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
  ...metricsCompared(evaluation).map(metricRow),
  ...costsCompared(evaluation).map(costRow),
];

function metricRow({ name, baseline, candidate, difference: change, verdict }: Compared): string {
  const shown = (value: number) => measure(name, value, 2);
  return `| ${name} | ${shown(baseline!)} | ${shown(candidate)} | ${difference(name, change!, 2)} | ${verdict ?? ''} |`;
}

function costRow({ name, unit, baseline, candidate, difference: change }: Compared): string {
  const shown = (number: number) => `${Number(number.toPrecision(3))} ${unit}`;
  const changed = change === null ? '' : `${change >= 0 ? '+' : ''}${shown(change)}`;
  return `| ${name} | ${baseline === null ? '' : shown(baseline)} | ${shown(candidate)} | ${changed} | |`;
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
