import { colourOf, downOf, element, escaped, type Frame, MUTED, picture, text } from '../../plots/svg.ts';
import { positionOf } from '../domain.ts';
import type { Completed } from '../trial.ts';
import {
  byGoodness,
  goodnessOf,
  numberText,
  rangeShown,
  type Study,
  ticksOf,
  ticksOfDomain,
} from './study.ts';

const FRAME: Frame = { left: 60, top: 84, width: 0, height: 270 };
const GAP = 130;
/** More lines are not told apart: the worst are not drawn. */
const MAX_LINES = 200;

/**
 * A line for each trial through the value of each parameter to its objective: dark and on top where it is good. Lines and axes
 * say whose they are (`data-trial`, `data-axis`), so that a page can mark some of them.
 */
export function parallelPlot(study: Study): string {
  const names = study.space.map(({ name }) => name);
  const width = 2 * FRAME.left + GAP * names.length;
  const [low, high] = rangeShown(study);
  const across = (at: number) => FRAME.left + at * GAP;
  const shown = byGoodness(study).slice(-MAX_LINES);
  const goodness = goodnessOf(study);
  const line = (trial: Completed, rank: number) => {
    const good = goodness(trial.value);
    const isTop = rank >= shown.length - Math.max(1, Math.ceil(shown.length / 10));
    const points = study.space.flatMap(({ name, domain }, at) => {
      const value = trial.values[name];
      return value === undefined ? [] : [`${across(at)},${downOf(FRAME, positionOf(domain, value))}`];
    });
    const end = downOf(FRAME, Math.min(Math.max((trial.value - low) / (high - low), 0), 1));
    const attributes = {
      'data-trial': trial.number,
      points: [...points, `${across(names.length)},${end}`].join(' '),
      fill: 'none',
      stroke: colourOf(good),
      'stroke-width': isTop ? 2.2 : 1,
      'stroke-opacity': isTop ? '1' : '0.45',
    };
    return element('polyline', attributes, element('title', {}, escaped(titleOf(trial, study.metric))));
  };
  const columns = [
    ...study.space.map(({ name, domain }) => ({ name, ticks: ticksOfDomain(domain) })),
    { name: study.metric, ticks: ticksOf(low, high) },
  ];
  return picture(Math.max(width, 400), 390, `${study.title}: parallel coordinates`, [
    text(16, 46, legend(shown.length, byGoodness(study).length), { fill: MUTED }),
    ...shown.map(line),
    ...columns.flatMap(({ name, ticks }, at) => [
      element('line', {
        'data-axis': name,
        x1: across(at),
        x2: across(at),
        y1: FRAME.top,
        y2: FRAME.top + FRAME.height,
        stroke: MUTED,
      }),
      text(across(at), FRAME.top - 12, name, { 'text-anchor': 'middle', 'font-weight': '600' }),
      ...ticks.flatMap((tick) => {
        const label = (attributes = {}) =>
          text(across(at) + 5, downOf(FRAME, tick.at) + 4, tick.label, attributes);
        return [label({ stroke: '#ffffff', 'stroke-width': 3 }), label()]; // readable on any lines
      }),
    ]),
  ]);
}

const legend = (shown: number, all: number): string =>
  `${shown < all ? `the best ${shown} of ${all} trials` : `${all} trials`}; the more a line stands out, the better; the best tenth in bold`;

const titleOf = ({ number, value, values }: Completed, metric: string): string =>
  [
    `trial ${number}: ${metric} ${numberText(value)}`,
    ...Object.entries(values).map(
      ([name, each]) => `${name} ${typeof each === 'number' ? numberText(each) : each}`,
    ),
  ].join(', ');
