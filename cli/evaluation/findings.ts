import type { Findings } from '../../ml/evaluation/findings.ts';
import type { EvaluationReport } from '../../ml/evaluation/report.ts';
import { measure, percent, probability } from '../../ml/metrics/format.ts';
import { type Cell, type Output, printable, shortened, table } from '../output.ts';

const MOST = 5;
const MAX_TEXT = 60;

type Report = EvaluationReport & Findings;

/** What an evaluation found besides its metrics, each part with its table; nothing of what found nothing. */
export function* describeFindings(report: Report, metric: string, output: Output): Iterable<string> {
  const part = (title: string, headings: readonly string[], rows: readonly (readonly Cell[])[]) =>
    rows.length === 0 ? [] : [`\n${title}`, table(headings, rows, output.tableWidth)];
  const loss = (value: number) => (metric === 'accuracy' ? percent(value) : shown(value));
  yield* part('most confused', ['is', 'predicted', 'samples', 'of the label'], confused(report));
  yield* part('worst mistakes', ['record', 'is', 'answered', 'by', ''], mistakes(report));
  yield* part(
    `worst slices of ${report.looked} (p corrected for all of them)`,
    ['where', 'samples', 'errors', 'elsewhere', 'p'],
    report.slices
      .slice(0, MOST)
      .map(({ where, samples, loss: own, elsewhere, pValue }) => [
        ...[where.map(({ attribute, value }) => `${attribute} ${printable(value)}`).join(', '), samples],
        ...[loss(own), loss(elsewhere), probability(pValue)],
      ]),
  );
  yield* part('fairness', ['groups of', 'parity', '95 %', 'opportunity', '95 %'], fairness(report));
  yield* part(
    'robustness, over 10 trials',
    ['samples with', metric, '±', 'least', 'most', 'unchanged'],
    report.robustness.map(({ perturbation, metric: of, mean, std, min, max, whole }) => [
      perturbation,
      ...[mean, std, min, max, whole].map((value) => measure(of, value)),
    ]),
  );
  if (report.adversarial) yield* attacked(report.adversarial);
  if (report.outOfDistribution) {
    const { auroc, inside, outside, confidenceInside, confidenceOutside } = report.outOfDistribution;
    yield `\n${outside} records from outside: AUROC ${auroc.toFixed(3)} of being unsure; confidence ${percent(confidenceOutside)}, of the ${inside} own ones ${percent(confidenceInside)}`;
  }
  yield* calibrations(report, output);
}

const confused = ({ confused: pairs }: Report) =>
  pairs
    .slice(0, MOST)
    .map(({ actual, predicted, samples, share }) => [actual, predicted, samples, percent(share)]);

const mistakes = ({ mistakes: worst }: Report) =>
  worst.slice(0, MOST).map(({ id, instance, target, answer, confidence }) => {
    const text = Object.values(instance)
      .filter((value) => value !== null)
      .join(' | ');
    return [
      ...[printable(id), told(target), told(answer)],
      ...[confidence === null ? '' : percent(confidence), shortened(printable(text), MAX_TEXT)],
    ];
  });

const fairness = ({ fairness: fields }: Report) =>
  fields.map(({ field, demographicParity, equalOpportunity, intervals }) => [
    field,
    shown(demographicParity),
    range(intervals.demographicParity),
    equalOpportunity === null ? '-' : shown(equalOpportunity),
    range(intervals.equalOpportunity),
  ]);

function* attacked({
  attacked: samples,
  flipRate,
  meanEdits,
}: NonNullable<Report['adversarial']>): Iterable<string> {
  const rates = Object.entries(flipRate).map(([edits, rate]) => `${percent(rate)} by ${edits}`);
  const edits = meanEdits === null ? '' : `; ${meanEdits.toFixed(1)} on average`;
  yield `\nwords left out until the label flips, of ${samples} right answers: ${rates.join(', ')}${edits}`;
}

function* calibrations({ calibrations: methods }: Report, output: Output): Iterable<string> {
  if (methods.length === 0) return;
  const rows = methods.map(({ method, calibrationError, brier, logLoss }) => [
    ...[method, percent(calibrationError), shown(brier), shown(logLoss)],
  ]);
  yield '\ncalibrated again, on samples that it was not fitted on';
  yield table(['by', 'calibration error', 'brier', 'log loss'], rows, output.tableWidth);
}

const range = (ends: readonly [number, number] | undefined): string =>
  ends ? `${shown(ends[0])} to ${shown(ends[1])}` : '';
const told = (value: string | number): string =>
  typeof value === 'number' ? shown(value) : printable(value);
const shown = (value: number): string => String(Number(value.toPrecision(3)));
