import { InvalidInput } from '../../errors.ts';
import {
  acrossOf,
  axes,
  colourOf,
  downOf,
  element,
  type Frame,
  MUTED,
  picture,
  point,
  text,
} from '../../plots/svg.ts';
import { positionOf } from '../domain.ts';
import type { Parameter } from '../space.ts';
import { byGoodness, goodnessOf, numberText, type Study, ticksOfDomain } from './study.ts';

const FRAME: Frame = { left: 72, top: 78, width: 520, height: 380 };
const CELLS = 48;
const LEVELS = 8;
const MARK = '#12161b';

interface Sample {
  readonly x: number;
  readonly y: number;
  readonly goodness: number;
  readonly title: string;
}

/**
 * The objective over two parameters: between trials it is interpolated by the inverse of the distance (Shepard 1968), so
 * away from them it is a guess.
 *
 * @throws InvalidInput `too-few` when fewer than three completed trials have both
 */
export function contourPlot(study: Study, across: Parameter, up: Parameter): string {
  const goodness = goodnessOf(study);
  const samples = byGoodness(study).flatMap(({ number, value, values }): Sample[] => {
    const [x, y] = [values[across.name], values[up.name]];
    if (x === undefined || y === undefined) return [];
    const title = `trial ${number}: ${study.metric} ${numberText(value)}, ${across.name} ${x}, ${up.name} ${y}`;
    const place = { x: positionOf(across.domain, x), y: positionOf(up.domain, y) };
    return [{ ...place, goodness: goodness(value), title }];
  });
  if (samples.length < 3) {
    throw new InvalidInput('too-few', `fewer than three completed trials have ${across.name} and ${up.name}`);
  }
  const x = { name: across.name, ticks: ticksOfDomain(across.domain) };
  const y = { name: up.name, ticks: ticksOfDomain(up.domain) };
  return picture(640, 520, `${study.title}: ${across.name} and ${up.name}`, [
    text(16, 46, 'the darker, the better; between the trials, which are the points, it is a guess', {
      fill: MUTED,
    }),
    ...Array.from({ length: CELLS }, (_, row) => rowOf(samples, row)),
    axes(FRAME, x, y),
    ...samples.map((sample) =>
      point(acrossOf(FRAME, sample.x), downOf(FRAME, sample.y), sample.title, {
        fill: MARK, // seen on any ground, light or dark
        stroke: '#ffffff',
      }),
    ),
  ]);
}

/** Cells beside each other of the same level are one rectangle. */
function rowOf(samples: readonly Sample[], row: number): string {
  const levels = Array.from({ length: CELLS }, (_, column) =>
    Math.min(
      LEVELS - 1,
      Math.floor(LEVELS * interpolated(samples, (column + 0.5) / CELLS, (row + 0.5) / CELLS)),
    ),
  );
  const size = { width: FRAME.width / CELLS, height: FRAME.height / CELLS };
  let from = 0;
  return levels
    .flatMap((level, column) => {
      if (levels[column + 1] === level) return [];
      const cells = column + 1 - from;
      const rectangle = element('rect', {
        x: FRAME.left + from * size.width,
        y: downOf(FRAME, (row + 1) / CELLS),
        width: cells * size.width,
        height: size.height + 0.5,
        fill: colourOf((level + 0.5) / LEVELS),
        'shape-rendering': 'crispEdges',
      });
      from = column + 1;
      return [rectangle];
    })
    .join('');
}

function interpolated(samples: readonly Sample[], x: number, y: number): number {
  let [sum, total] = [0, 0];
  for (const sample of samples) {
    const weight = 1 / (1e-6 + ((sample.x - x) ** 2 + (sample.y - y) ** 2) ** 1.5);
    sum += weight * sample.goodness;
    total += weight;
  }
  return sum / total;
}
