import { percent, probability } from '../metrics/format.ts';
import { OPERATIONAL } from '../metrics/operational.ts';
import type { Plot } from '../plots/plot.ts';
import { IMPACT_HEADINGS, impactCells } from './impact.ts';
import { plotsOf } from './plots.ts';
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

/** All parts of a report that have something to tell, in order. */
export function sectionsOf(
  subject: ReportSubject,
  found: Findings,
  importance: Importance | null,
): Section[] {
  const { evaluation } = subject;
  const plots = plotsOf(subject, found);
  const drawn: Drawn = (...names) =>
    plots.filter(({ name }) => names.includes(name)).map((plot: Plot) => plot.svg());
  const all: Section[] = [
    ofTable('configuration', 'Configuration', ['', ''], subject.configuration),
    ofTable('environment', 'Environment', ['', ''], subject.environment),
    { id: 'curves', title: 'Learning curves', markdown: '', plots: drawn('loss', 'scores') },
    ...(evaluation ? measured(evaluation, found, drawn) : []),
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

/** Plots by their names, as SVG. */
type Drawn = (...names: readonly string[]) => string[];

function measured(evaluation: Measured, { calibrations = [] }: Findings, drawn: Drawn): Section[] {
  const { perClass, operational, suites, samples } = evaluation;
  const classes = perClass.map(({ label, precision, recall, f1, support }) => [
    ...[label, percent(precision), percent(recall), percent(f1), support],
  ]);
  const costs = Object.entries(operational).map(([name, value]) => [
    ...[name, `${number(value)} ${OPERATIONAL[name]?.unit ?? ''}`, OPERATIONAL[name]?.description ?? ''],
  ]);
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
      plots: drawn('confusion'),
    },
    {
      ...{ id: 'ranking', title: 'ROC and precision–recall', markdown: '' },
      plots: drawn('roc', 'precision-recall'),
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
      plots: drawn('reliability', 'confidence'),
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
