import {
  ACCENT,
  acrossOf,
  axes,
  BLUE,
  downOf,
  element,
  type Frame,
  MUTED,
  picture,
  point,
  text,
} from '../../plots/svg.ts';
import { bestOf, type Trial } from '../trial.ts';
import { numberText, rangeShown, type Study, ticksOf } from './study.ts';

const FRAME: Frame = { left: 64, top: 64, width: 620, height: 250 };

/** The value of each trial in their order, and the best until then; trials without a value are marks at the bottom. */
export function historyPlot(study: Study): string {
  const { trials, metric, direction } = study;
  const last = Math.max(1, ...trials.map(({ number }) => number));
  const [low, high] = rangeShown(study);
  const across = (number: number) => acrossOf(FRAME, number / last);
  const down = (value: number) => downOf(FRAME, Math.min(Math.max((value - low) / (high - low), 0), 1));
  const best = trials.map((trial, at) => ({
    trial,
    best: bestOf(trials.slice(0, at + 1), direction)?.value,
  }));
  const line = best.flatMap(({ trial, best: value }) =>
    value === undefined ? [] : [`${across(trial.number)},${down(value)}`],
  );
  return picture(720, 380, `${study.title}: history`, [
    axes(FRAME, { name: 'trial', ticks: ticksOf(0, last) }, { name: metric, ticks: ticksOf(low, high) }),
    element('polyline', { points: steps(line), fill: 'none', stroke: ACCENT, 'stroke-width': 2 }),
    ...trials.map((trial) => mark(trial, across(trial.number), down, metric)),
    text(684, 40, `● completed   ○ pruned   × failed   — best`, { 'text-anchor': 'end', fill: MUTED }),
  ]);
}

/** The best stays as it is until a trial is better. */
const steps = (points: readonly string[]): string =>
  points
    .flatMap((each, at) =>
      at === 0 ? [each] : [`${each.split(',')[0]},${points[at - 1]!.split(',')[1]}`, each],
    )
    .join(' ');

function mark(trial: Trial, x: number, down: (value: number) => number, metric: string): string {
  const name = `trial ${trial.number}: ${trial.state}`;
  const bottom = FRAME.top + FRAME.height - 6;
  if (trial.state === 'failed') return text(x, bottom + 4, '×', { 'text-anchor': 'middle', fill: MUTED });
  const reported = trial.value ?? trial.reports.at(-1)?.value;
  if (reported === undefined || !Number.isFinite(reported)) return '';
  const fill = trial.state === 'completed' ? { fill: BLUE } : { fill: '#ffffff', stroke: MUTED };
  return point(x, down(reported), `${name}, ${metric} ${numberText(reported)}`, fill);
}
