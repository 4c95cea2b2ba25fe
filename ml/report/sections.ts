import { percent, probability } from '../metrics/format.ts';
import { OPERATIONAL } from '../metrics/operational.ts';
import { confusionChart, lineChart } from '../plots/charts.ts';
import { IMPACT_HEADINGS, impactCells } from './impact.ts';
import type { Findings, Importance, Measured, ReportSubject } from './subject.ts';
import { inline, metricRows, number, table } from './words.ts';

/** A part of a report: Markdown, and plots as SVG. Both are empty where there is nothing to tell. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly markdown: string;
  readonly plots: readonly string[];
}

const MAX_MISTAKES = 20;
const MAX_TEXT = 300;
const MAX_FEATURES = 25;
const MAX_CLASSES = 40;

/** All parts of a report that have something to tell, in order. */
export function sectionsOf(
  subject: ReportSubject,
  found: Findings,
  importance: Importance | null,
): Section[] {
  const { evaluation } = subject;
  const all: Section[] = [
    ofTable('configuration', 'Configuration', ['', ''], subject.configuration),
    ofTable('environment', 'Environment', ['', ''], subject.environment),
    { id: 'curves', title: 'Learning curves', markdown: '', plots: learningCurves(subject) },
    ...(evaluation ? measured(evaluation, found) : []),
    { id: 'mistakes', title: 'Worst mistakes', markdown: mistakes(found), plots: [] },
    { id: 'slices', title: 'Where it is worst', markdown: slices(found), plots: [] },
    { id: 'fairness', title: 'Fairness', markdown: fairness(found), plots: [] },
    { id: 'robustness', title: 'Robustness', markdown: robustness(found), plots: [] },
    { id: 'explanations', title: 'What matters to it', markdown: explanations(importance), plots: [] },
    ofTable(
      'impact',
      'What it changed in production',
      IMPACT_HEADINGS,
      (subject.impact ?? []).map(impactCells),
    ),
    ofTable('decisions', 'Decisions', ['time', 'what', 'by', 'why'], subject.decisions),
  ];
  return all.filter(({ markdown, plots }) => markdown !== '' || plots.length > 0);
}

const ofTable = (
  id: string,
  title: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): Section => ({ id, title, markdown: table(headings, rows), plots: [] });

/** The loss of both splits, and each other metric of the validation split, over epochs. */
function learningCurves({ epochs }: ReportSubject): string[] {
  if (epochs.length === 0) return [];
  const names = [...new Set(epochs.flatMap(({ validation }) => Object.keys(validation)))];
  const series = (name: string) => ({
    name,
    points: epochs.flatMap(({ epoch, validation }) =>
      validation[name] === undefined ? [] : [[epoch, validation[name]] as const],
    ),
  });
  const training = {
    name: 'training',
    points: epochs.map(({ epoch, trainLoss }) => [epoch, trainLoss] as const),
  };
  const losses = names.filter((name) => /loss/i.test(name));
  const others = names.filter((name) => !/loss/i.test(name));
  const chart = (title: string, all: Parameters<typeof lineChart>[0]['series']) =>
    lineChart({ title, x: 'epoch', y: '', series: all });
  return [
    chart('Loss by epoch', [
      training,
      ...losses.map((name) => ({ ...series(name), name: `validation ${name}` })),
    ]),
    ...(others.length > 0 ? [chart('Validation split by epoch', others.map(series))] : []),
  ];
}

function measured(
  evaluation: Measured,
  { curves = [], reliability = [], calibrations = [] }: Findings,
): Section[] {
  const { perClass, confusion, operational, suites, samples } = evaluation;
  const classes = perClass.map(({ label, precision, recall, f1, support }) => [
    ...[label, percent(precision), percent(recall), percent(f1), support],
  ]);
  const costs = Object.entries(operational).map(([name, value]) => [
    ...[name, `${number(value)} ${OPERATIONAL[name]?.unit ?? ''}`, OPERATIONAL[name]?.description ?? ''],
  ]);
  const curve = (
    title: string,
    x: string,
    y: string,
    of: (point: NonNullable<typeof curves>[number]['points'][number]) => readonly [number, number],
    diagonal: boolean,
  ) =>
    lineChart({
      ...{ title, x, y, within: [0, 1], diagonal },
      series: curves.map(({ label, points }) => ({ name: label, points: points.map(of) })),
    });
  return [
    {
      ...{ id: 'metrics', title: 'Metrics', plots: [] },
      markdown: [
        `On ${samples} samples of the test split (evaluation \`${inline(evaluation.evaluationId)}\`); 95 % intervals by bootstrap.`,
        table(['metric', 'value', '95 % interval', ''], metricRows(evaluation)),
        table(['cost', 'value', ''], costs),
        table(
          ['suite', 'weight', 'samples', 'score'],
          suites.map(({ suite, weight, samples: size, score }) => [suite, weight, size, score]),
        ),
      ]
        .filter((part) => part !== '')
        .join('\n\n'),
    },
    {
      ...{ id: 'confusion', title: 'Labels' },
      markdown: table(['label', 'precision', 'recall', 'F1', 'samples'], classes),
      plots:
        confusion.length > 0 && confusion.length <= MAX_CLASSES
          ? [
              confusionChart(
                perClass.map(({ label }) => label),
                confusion,
              ),
            ]
          : [],
    },
    {
      ...{ id: 'ranking', title: 'ROC and precision–recall', markdown: '' },
      plots:
        curves.length === 0
          ? []
          : [
              curve(
                'ROC',
                'false positive rate',
                'true positive rate',
                (point) => [point.falsePositiveRate, point.truePositiveRate],
                true,
              ),
              curve(
                'Precision and recall',
                'recall',
                'precision',
                (point) => [point.truePositiveRate, point.precision],
                false,
              ),
            ],
    },
    {
      ...{ id: 'reliability', title: 'Calibration' },
      markdown: table(
        ['calibrated again by', 'calibration error', 'Brier', 'log loss'],
        calibrations.map(({ method, calibrationError, brier, logLoss }) => [
          method,
          percent(calibrationError),
          brier,
          logLoss,
        ]),
      ),
      plots:
        reliability.length === 0
          ? []
          : [
              lineChart({
                ...{ title: 'Reliability', x: 'confidence', y: 'accuracy', within: [0, 1], diagonal: true },
                series: [
                  {
                    name: 'answers',
                    points: reliability
                      .filter(({ samples: count }) => count > 0)
                      .map(({ confidence, accuracy }) => [confidence, accuracy] as const),
                  },
                ],
              }),
            ],
    },
  ];
}

const mistakes = ({ mistakes: worst = [], confused = [] }: Findings): string =>
  [
    table(
      ['record', 'is', 'answered', 'with', ''],
      worst.slice(0, MAX_MISTAKES).map(({ id, instance, target, answer, confidence }) => {
        const text = Object.values(instance)
          .filter((value) => value !== null)
          .join(' | ');
        return [id, target, answer, confidence === null ? '' : percent(confidence), shortened(text)];
      }),
    ),
    table(
      ['most confused: is', 'answered', 'samples', 'of the label'],
      confused
        .slice(0, 10)
        .map(({ actual, predicted, samples, share }) => [actual, predicted, samples, percent(share)]),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n');

export const slices = ({ slices: worst = [], looked = 0 }: Findings): string =>
  worst.length === 0
    ? ''
    : `Of ${looked} slices; p is corrected for all of them.\n\n${table(
        ['where', 'samples', 'loss', 'elsewhere', 'p'],
        worst
          .slice(0, 10)
          .map(({ where, samples, loss, elsewhere, pValue }) => [
            where.map(({ attribute, value }) => `${attribute} ${value}`).join(', '),
            ...[samples, loss, elsewhere, probability(pValue)],
          ]),
      )}`;

export const fairness = ({ fairness: fields = [] }: Findings): string => {
  const range = (ends: readonly [number, number] | undefined) =>
    ends ? `${number(ends[0])} to ${number(ends[1])}` : '';
  return table(
    ['groups of', 'demographic parity difference', '95 %', 'equal opportunity difference', '95 %'],
    fields.map(({ field, demographicParity, equalOpportunity, intervals }) => [
      ...[field, demographicParity, range(intervals.demographicParity)],
      ...[equalOpportunity, range(intervals.equalOpportunity)],
    ]),
  );
};

export const robustness = ({
  robustness: tried = [],
  adversarial,
  outOfDistribution: outside,
}: Findings): string =>
  [
    table(
      ['samples with', 'metric', 'mean of the trials', '±', 'least', 'unchanged'],
      tried.map(({ perturbation, metric, mean, std, min, whole }) => [
        perturbation,
        metric,
        mean,
        std,
        min,
        whole,
      ]),
    ),
    adversarial
      ? `Labels flipped by leaving out words: ${Object.entries(adversarial.flipRate)
          .map(([edits, rate]) => `${percent(rate)} by ${edits}`)
          .join(', ')}.`
      : '',
    outside
      ? `Records of another kind are told from its own by how unsure it is with an AUROC of ${number(outside.auroc)}.`
      : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');

const explanations = (importance: Importance | null): string =>
  importance === null
    ? ''
    : [
        table(
          ['feature', 'mean of what it adds', 'for'],
          importance.features
            .slice(0, MAX_FEATURES)
            .map(({ feature, mean, label }) => [feature, mean, label ?? '']),
        ),
        table(
          ['field, shuffled', 'worse by', '±', 'metric'],
          importance.fields
            .slice(0, MAX_FEATURES)
            .map(({ field, mean, std, metric }) => [field, mean, std, metric]),
        ),
      ]
        .filter((part) => part !== '')
        .join('\n\n');

const shortened = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
