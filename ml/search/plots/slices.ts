import {
  acrossOf,
  axes,
  colourOf,
  downOf,
  type Frame,
  MUTED,
  picture,
  point,
  text,
} from '../../plots/svg.ts';
import { positionOf } from '../domain.ts';
import type { Parameter } from '../space.ts';
import { byGoodness, numberText, rangeShown, type Study, ticksOf, ticksOfDomain } from './study.ts';

const COLUMNS = 3;
const [WIDTH, HEIGHT] = [300, 270];

/** The objective against each parameter by itself; the more a point stands out, the later the trial. */
export function slicePlot(study: Study): string {
  const rows = Math.ceil(study.space.length / COLUMNS);
  const columns = Math.min(COLUMNS, study.space.length);
  const slices = study.space.map((parameter, at) =>
    slice(study, parameter, {
      left: 64 + (at % COLUMNS) * WIDTH,
      top: 84 + Math.floor(at / COLUMNS) * HEIGHT,
      width: WIDTH - 84,
      height: HEIGHT - 80,
    }),
  );
  return picture(Math.max(400, 10 + columns * WIDTH), 54 + rows * HEIGHT, `${study.title}: slices`, [
    text(16, 46, 'a point for each trial; the more it stands out, the later', { fill: MUTED }),
    ...slices,
  ]);
}

function slice(study: Study, { name, domain }: Parameter, frame: Frame): string {
  const [low, high] = rangeShown(study);
  const last = Math.max(1, ...study.trials.map(({ number }) => number));
  const inset = (at: number) => 0.03 + 0.94 * at; // so that points at the ends are whole
  const ticks = ticksOfDomain(domain).map((tick) => ({ ...tick, at: inset(tick.at) }));
  const points = byGoodness(study).flatMap((trial) => {
    const value = trial.values[name];
    if (value === undefined) return [];
    const at = Math.min(Math.max((trial.value - low) / (high - low), 0), 1);
    const x = acrossOf(frame, inset(positionOf(domain, value)));
    const title = `trial ${trial.number}: ${study.metric} ${numberText(trial.value)}, ${name} ${value}`;
    const look = { fill: colourOf(trial.number / last), stroke: MUTED, 'data-trial': trial.number };
    return [point(x, downOf(frame, at), title, look)];
  });
  return [axes(frame, { name, ticks }, { name: study.metric, ticks: ticksOf(low, high) }), ...points].join(
    '\n',
  );
}
