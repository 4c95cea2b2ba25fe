import { randomUUID } from 'node:crypto';
import { EpochlogError } from '../../kernel/errors.ts';
import type { FoldKind } from '../../ml/dataset/cross-validation.ts';
import { difference, headlines, measure } from '../../ml/metrics/format.ts';
import type { Session } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { CrossValidationCompleted } from '../../schemas/events.generated.ts';
import { ensureDeclared } from '../declare.ts';
import { describeEvent } from '../describe-event.ts';
import { requestAndFollow } from '../follow.ts';
import { type Output, table } from '../output.ts';
import { refusal } from '../refusal.ts';
import type { Parameters } from '../training-options.ts';

/** The options of `evaluate` that are about folds. */
export interface FoldOptions {
  folds?: number;
  stratified?: boolean;
  grouped?: string;
  byTime?: boolean;
  dataset?: string;
  engine?: string;
  seed?: number;
  param: Parameters;
  /** false with --no-cache */
  cache: boolean;
}

/** Of the options of folds those that are given without --folds: INPUT_INVALID names the first. */
export function assertNoFolds({
  stratified,
  grouped,
  byTime,
  dataset,
  engine,
  seed,
  param,
}: FoldOptions): void {
  const given = Object.entries({
    '--stratified': stratified,
    '--grouped': grouped,
    '--by-time': byTime,
    '--dataset': dataset,
    '--engine': engine,
    '--seed': seed,
    '--param': Object.keys(param)[0],
  }).find(([, value]) => value !== undefined);
  if (given) throw new EpochlogError('INPUT_INVALID', `${given[0]} is of --folds, which is not given`);
}

function kindOf({ stratified, grouped, byTime }: FoldOptions): FoldKind {
  const kinds: FoldKind[] = [
    ...(stratified ? (['stratified'] as const) : []),
    ...(grouped === undefined ? [] : (['grouped'] as const)),
    ...(byTime ? (['time'] as const) : []),
  ];
  if (kinds.length > 1)
    throw new EpochlogError('INPUT_INVALID', 'take one of --stratified, --grouped and --by-time');
  return kinds[0] ?? 'random';
}

/** `epochlog evaluate --folds N`: a configuration, trained and measured in folds; a table of each metric over them. */
export async function evaluateInFolds(
  session: Session,
  options: FoldOptions & { folds: number },
  { model, by }: { model: string; by: string },
  output: Output,
): Promise<void> {
  const foldKind = kindOf(options);
  const { folds, grouped: column = null, dataset: datasetId = null, param: params } = options;
  await ensureDeclared(session, model, by);
  const crossValidationId = `${model}-cv-${randomUUID().slice(0, 8)}`;
  const request = newEvent('CrossValidationRequested', {
    ...{ crossValidationId, model, datasetId, params, folds, foldKind, column, requestedBy: by },
    ...{ engine: options.engine ?? null, seed: options.seed ?? null, reuse: options.cache },
  });
  const end = await requestAndFollow(session, request, {
    ends: ['CrossValidationCompleted', 'CrossValidationFailed', 'CrossValidationRefused'],
    watched: [
      'CrossValidationStarted',
      'FoldMeasured',
      'EpochCompleted',
      'TrainingReused',
      'EvaluationReused',
    ],
    onEvent(event) {
      if (event.type === 'EpochCompleted')
        output.progress(
          `${event.data.runId}: epoch ${event.data.epoch}, loss ${event.data.trainLoss.toFixed(4)}`,
        );
      else if (event.type === 'CrossValidationStarted')
        output.line(
          `${folds} folds (${foldKind}) of ${event.data.datasetId}, trained with ${event.data.engine}`,
        );
      else if (event.type === 'FoldMeasured') output.line(`  fold ${event.data.fold}: ${shown(event.data)}`);
      else output.line(`  ${describeEvent(event)}`);
    },
  });
  if (end.type !== 'CrossValidationCompleted') throw refusal(end.data);
  output.result(end.data);
  output.line('');
  output.line(summaryTable(end.data, output));
  output.line(
    `\nmeans over ${folds} folds of ${end.data.samples} samples; the deviation is that of the folds, which share most of what they learn from`,
  );
}

const shown = ({
  metrics,
  primaryMetric,
  samples,
}: {
  metrics: Readonly<Record<string, number>>;
  primaryMetric: string;
  samples: number;
}) => `${primaryMetric} ${measure(primaryMetric, metrics[primaryMetric]!)} on ${samples} samples`;

function summaryTable({ summary, primaryMetric }: CrossValidationCompleted, output: Output): string {
  const names = new Set([
    primaryMetric,
    ...headlines(Object.fromEntries(summary.map(({ metric, mean }) => [metric, mean]))).map(([name]) => name),
  ]);
  const rows = summary
    .filter(({ metric }) => names.has(metric))
    .map(({ metric, mean, std, min, max, perFold }) => [
      ...[metric, measure(metric, mean, 2), difference(metric, std, 2).replace(/^\+/, '')],
      ...[measure(metric, min, 2), measure(metric, max, 2)],
      perFold.map((value) => measure(metric, value)).join(' '),
    ]);
  return table(['metric', 'mean', 'std', 'min', 'max', 'folds'], rows, output.tableWidth);
}
