import { percent, probability } from '../../ml/metrics/format.ts';
import { EXPERIMENT_METRICS } from '../../ml/statistics/experiment-catalogue.ts';
import type { ExperimentHistory } from '../../operations/experiments.ts';
import type {
  ExperimentAnalysed,
  ExperimentAnalysedComparison,
  ExperimentStarted,
} from '../../schemas/events.generated.ts';
import { describeEvent } from '../describe-event.ts';
import { shortMoment } from '../moment.ts';
import { columns, type Output, printable, table } from '../output.ts';

/** A value of a metric in its unit. */
function shown(metric: string, value: number | null): string {
  if (value === null) return '-';
  const unit = EXPERIMENT_METRICS[metric]?.unit;
  if (unit === 'fraction') return percent(value, 2);
  return unit === 'ms' ? `${value.toFixed(2)} ms` : String(Number(value.toPrecision(4)));
}

/** A difference of two values: of shares in percentage points. */
function difference(metric: string, value: number | null): string {
  if (value === null) return '-';
  const text =
    EXPERIMENT_METRICS[metric]?.unit === 'fraction'
      ? (100 * value).toFixed(2)
      : String(Number(value.toPrecision(3)));
  return text.startsWith('-') ? text : `+${text}`;
}

/** What an experiment needs, before it has any number. */
export function planOf({ metrics, minimumImprovement, baseline, neededUnits }: ExperimentStarted): string {
  const primary = metrics.find(({ role }) => role === 'primary')!.metric;
  if (neededUnits === null || baseline === null) {
    return `how many units it needs cannot be said beforehand: the evaluation of the control does not say what ${primary} to expect, or an improvement of ${minimumImprovement} cannot be`;
  }
  const target = shown(primary, baseline + minimumImprovement);
  return `to see ${primary} rise from ${shown(primary, baseline)} to ${target} with a power of 80 %, the control needs ${neededUnits} units at one look; looked at again and again it takes more`;
}

/** An experiment: its arms, the last analysis, and how it ended. */
export function tellExperiment(history: ExperimentHistory, output: Output): void {
  const { started, analysed, ended, promoted, state } = history;
  const { experimentId, model, arms, metrics } = started.data;
  const verdict = ended?.type === 'ExperimentConcluded' ? `: ${ended.data.verdict}` : '';
  const name = printable(experimentId);
  output.line(
    output.paint(
      'heading',
      `${name} of ${model} ${state === 'running' ? 'is running' : `was ${state}`}${verdict}`,
    ),
  );
  output.line(`since ${shortMoment(started)}: ${describeEvent(started)}`);
  output.line(planOf(started.data));
  if (analysed) tellAnalysis(analysed.data, output);
  else output.line(`${arms.length} arms, ${metrics.length} metrics: not analysed yet`);
  for (const event of [ended, ...promoted])
    if (event) output.line(`${shortMoment(event)}  ${describeEvent(event)}`);
}

function tellAnalysis(analysis: ExperimentAnalysed, output: Output): void {
  const { review, verdict, reasons, counts, comparisons, sampleRatioPValue } = analysis;
  output.line(`\n${output.paint('heading', `Analysis ${review}: ${verdict}`)}`);
  output.line(
    columns(
      reasons.map(({ arm, message }) => [arm ?? 'all', message]),
      output.width,
    ),
  );
  const split = sampleRatioPValue === null ? '' : ` (split p ${probability(sampleRatioPValue)})`;
  output.line(`\n${output.paint('heading', `Arms${split}`)}`);
  const rows = counts.map(({ arm, version, units, predictions, failures, outcomes }) => [
    arm,
    version,
    units,
    predictions,
    failures,
    outcomes,
  ]);
  const headings = ['arm', 'version', 'units', 'predictions', 'failures', 'outcomes'];
  output.line(table(headings, rows, output.tableWidth));
  if (comparisons.length === 0) return;
  output.line(`\n${output.paint('heading', 'Treatments beside the control')}`);
  output.line(table(HEADINGS, comparisons.map(rowOf), output.tableWidth));
}

const HEADINGS = [
  'metric',
  'role',
  'arm',
  'control',
  'treatment',
  'difference',
  'at every look',
  'p',
  'better',
];

function rowOf(one: ExperimentAnalysedComparison): string[] {
  const { metric, role, segment, arm, code, message } = one;
  const name = segment === null ? metric : `${metric} of ${printable(segment)}`;
  if (code !== null) return [name, role, arm, '-', '-', '-', `${message}`, '-', '-'];
  return [
    name,
    role,
    arm,
    shown(metric, one.control),
    shown(metric, one.treatment),
    difference(metric, one.difference),
    `${difference(metric, one.sequentialLow)} to ${difference(metric, one.sequentialHigh)}`,
    one.correctedPValue === null ? '-' : probability(one.correctedPValue),
    percent(one.winProbability, 1),
  ];
}
