import { confusionPlot, type LineChart, linePlot } from '../plots/charts.ts';
import { histogramPlot } from '../plots/histogram.ts';
import type { Plot } from '../plots/plot.ts';
import type { Findings, Measured, ReportSubject } from './subject.ts';

/** More classes are not drawn. */
const MAX_CLASSES = 40;

/** All plots of a run that there is something for: its learning curves, and those of its evaluation. */
export const plotsOf = ({ epochs, evaluation }: ReportSubject, found: Findings): Plot[] => [
  ...learningCurves(epochs),
  ...(evaluation ? [...confusion(evaluation), ...ranking(found), ...calibration(found)] : []),
];

/** The loss of both splits, and each other metric of the validation split, over epochs. */
function learningCurves(epochs: ReportSubject['epochs']): Plot[] {
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
  const plot = (name: string, title: string, y: string, all: LineChart['series']) =>
    linePlot(name, { title, x: 'epoch', y, series: all });
  return [
    plot('loss', 'Loss by epoch', 'loss', [
      training,
      ...losses.map((name) => ({ ...series(name), name: `validation ${name}` })),
    ]),
    ...(others.length > 0 ? [plot('scores', 'Validation split by epoch', 'value', others.map(series))] : []),
  ];
}

const confusion = ({ perClass, confusion: counts }: Measured): Plot[] =>
  counts.length > 0 && counts.length <= MAX_CLASSES
    ? [
        confusionPlot(
          perClass.map(({ label }) => label),
          counts,
        ),
      ]
    : [];

function ranking({ curves = [] }: Findings): Plot[] {
  if (curves.length === 0) return [];
  type Point = (typeof curves)[number]['points'][number];
  const series = (of: (point: Point) => readonly [number, number]) =>
    curves.map(({ label, points }) => ({ name: label, points: points.map(of) }));
  return [
    linePlot('roc', {
      ...{ title: 'ROC', x: 'false positive rate', y: 'true positive rate', within: [0, 1], diagonal: true },
      series: series((point) => [point.falsePositiveRate, point.truePositiveRate]),
    }),
    linePlot('precision-recall', {
      ...{ title: 'Precision and recall', x: 'recall', y: 'precision', within: [0, 1] },
      series: series((point) => [point.truePositiveRate, point.precision]),
    }),
  ];
}

function calibration({ reliability = [] }: Findings): Plot[] {
  const bins = reliability.filter(({ samples }) => samples > 0);
  if (bins.length === 0) return [];
  const points = bins.map(({ confidence, accuracy }) => [confidence, accuracy] as const);
  return [
    linePlot('reliability', {
      ...{ title: 'Reliability', x: 'confidence', y: 'accuracy', within: [0, 1], diagonal: true },
      series: [{ name: 'answers', points }],
    }),
    histogramPlot({
      ...{ name: 'confidence', title: 'Confidence of the answers', x: 'confidence' },
      bins: bins.map(({ lower, upper }) => `${short(lower)} – ${short(upper)}`),
      groups: [{ name: 'answers', counts: bins.map(({ samples }) => samples) }],
    }),
  ];
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
