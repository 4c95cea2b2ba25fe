import { histogram, quantileEdges } from '../../ml/drift/histogram.ts';
import { psiTest } from '../../ml/drift/psi.ts';
import { type Random, seededRandom } from '../../ml/random.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

/** The picture of docs/drift.md: windows of a feature that moves, measured as the monitor measures them. */

const REFERENCE = 600;
const BINS = 10;
/** by how many standard deviations the feature has moved in each window of the first version, then of the second */
const FIRST = [0, 0, 0.15, 0.5, 0.75];
const SECOND = [0, 0.1];
const COLUMN = 92;
const LEFT = 150;
const WIDTH = LEFT + (FIRST.length + SECOND.length) * COLUMN + 110;
const HEIGHT = 372;
const HISTOGRAM = { top: 64, height: 70 };
const CHART = { bottom: 280, height: 104, most: 0.5 };

interface Measured {
  readonly counts: readonly number[];
  readonly reference: readonly number[];
  readonly psi: number;
  readonly expected: number;
  readonly drifted: boolean;
}

/** About normal: the sum of twelve uniform numbers. */
const normal = (random: Random, mean: number): number =>
  Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, mean - 6);

const sample = (random: Random, size: number, mean: number): number[] =>
  Array.from({ length: size }, () => normal(random, mean));

/** The windows of a version, each beside the reference that the version was trained with. */
function windowsOf(random: Random, shifts: readonly number[]): Measured[] {
  const { window, psi: limit, significance } = DEFAULT_POLICY.drift;
  const held = sample(random, REFERENCE, 0);
  const edges = quantileEdges(held, BINS);
  const reference = histogram(held, edges);
  return shifts.map((shift) => {
    const counts = histogram(sample(random, window, shift), edges);
    const { psi, expected, pValue } = psiTest(reference, counts);
    return { counts, reference, psi, expected, drifted: psi >= limit && pValue < significance };
  });
}

const round = (value: number): number => Math.round(value * 10) / 10;
const text = (x: number, y: number, words: string, style = 'small') =>
  `<text x="${round(x)}" y="${round(y)}" class="${style}">${words}</text>`;
const rectangle = (x: number, y: number, width: number, height: number, style: string) =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" class="${style}"/>`;
const line = (x1: number, y1: number, x2: number, y2: number, style: string) =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${style}"/>`;

const heightOf = (psi: number): number => (Math.min(psi, CHART.most) / CHART.most) * CHART.height;

/** A window: its number, its histogram beside the reference, and its PSI. */
function column({ counts, reference, psi, drifted }: Measured, x: number, title: string): string {
  const style = drifted ? 'out' : 'within';
  const bar = (COLUMN - 20) / BINS;
  const scale = (count: number, of: readonly number[]) =>
    ((count / of.reduce((a, b) => a + b, 0)) * HISTOGRAM.height) / 0.28;
  const bottom = HISTOGRAM.top + HISTOGRAM.height;
  const bars = counts.map((count, i) => {
    const height = scale(count, counts);
    return rectangle(x + 10 + i * bar, bottom - height, bar - 1, height, style);
  });
  const expected = reference.map((count, i) => {
    const y = bottom - scale(count, reference);
    return line(x + 10 + i * bar, y, x + 10 + (i + 1) * bar - 1, y, 'reference');
  });
  const height = heightOf(psi);
  return [
    text(x + COLUMN / 2, 48, title, 'small middle'),
    ...bars,
    ...expected,
    rectangle(x + 26, CHART.bottom - height, COLUMN - 52, height, style),
    text(x + COLUMN / 2, CHART.bottom - height - 5, psi.toFixed(2), 'small middle'),
  ].join('\n');
}

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.small { font-size: 11px; fill: #59636e; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.bold { font-weight: 600; }
.panel { fill: #ffffff; }
.within { fill: #4c8ddb; }
.out { fill: #d1472f; }
.reference { stroke: #1f2328; stroke-width: 1.5; }
.axis { stroke: #afb8c1; }
.limit { stroke: #d1472f; stroke-dasharray: 5 4; }
.chance { stroke: #59636e; stroke-dasharray: 2 3; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .small { fill: #9198a1; }
  .panel { fill: #0d1117; }
  .out { fill: #f0674f; }
  .reference { stroke: #e6edf3; }
  .axis { stroke: #3d444d; }
  .limit { stroke: #f0674f; }
  .chance { stroke: #9198a1; }
}`;

/** The picture as SVG, in the colours of the reader's light or dark mode. */
export function driftPicture(): string {
  const random = seededRandom(5);
  const windows = [...windowsOf(random, FIRST), ...windowsOf(random, SECOND)];
  const xOf = (index: number) => LEFT + index * COLUMN;
  const promoted = xOf(FIRST.length);
  const right = xOf(windows.length);
  const { window, psi: limit } = DEFAULT_POLICY.drift;
  const drifted = windows.flatMap((measured, i) => (measured.drifted ? [i] : []));
  const alert = { from: xOf(drifted[0] ?? 0) + COLUMN, to: promoted };
  const limitAt = CHART.bottom - heightOf(limit);
  const chanceAt = CHART.bottom - heightOf(windows[0]?.expected ?? 0);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">
<title>Windows of predictions, each compared with the frozen reference of its version</title>
<style>${STYLE}
</style>
${[
  rectangle(0, 0, WIDTH, HEIGHT, 'panel'),
  text(LEFT + 10, 24, `v1.0.0: windows of ${window} predictions`, 'bold'),
  text(promoted + 10, 24, 'v1.1.0: new windows', 'bold'),
  text(LEFT - 12, 92, 'a feature in the', 'small end'),
  text(LEFT - 12, 107, 'window (bars), in the', 'small end'),
  text(LEFT - 12, 122, 'reference (lines)', 'small end'),
  text(LEFT - 12, 225, 'PSI: how far', 'small end'),
  text(LEFT - 12, 240, 'the two differ', 'small end'),
  ...windows.map((measured, i) =>
    column(measured, xOf(i), `${i < FIRST.length ? i + 1 : i - FIRST.length + 1}`),
  ),
  line(LEFT, CHART.bottom, right, CHART.bottom, 'axis'),
  line(LEFT, limitAt, right, limitAt, 'limit'),
  text(right + 6, limitAt + 4, `limit ${limit}`),
  line(LEFT, chanceAt, right, chanceAt, 'chance'),
  text(right + 6, chanceAt + 4, 'chance alone'),
  line(promoted, 32, promoted, HEIGHT - 14, 'axis'),
  text(LEFT - 12, 322, 'alert', 'small end'),
  rectangle(alert.from, 308, Math.max(alert.to - alert.from, 3), 18, 'out'),
  text(alert.from - 6, 322, 'raised when the window is full', 'small end'),
  text(promoted + 10, 322, 'resolved by the promotion', 'small'),
  text(LEFT - 12, 352, 'training', 'small end'),
  text(alert.from - 6, 352, 'planned, if there are new samples', 'small end'),
].join('\n')}
</svg>
`;
}
