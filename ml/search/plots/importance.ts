import { BLUE, element, MUTED, picture, text } from '../../plots/svg.ts';
import { importances } from '../importance.ts';
import type { Study } from './study.ts';

const BAR = 28;

/** How much each parameter decides whether a trial is among the best, as bars. */
export function importancePlot(study: Study): string {
  const found = importances(study.space, study.trials, study.direction);
  const height = 80 + found.length * BAR;
  return picture(720, height, `${study.title}: importance`, [
    text(16, 46, 'share of each parameter in being among the best tenth (PED-ANOVA)', { fill: MUTED }),
    ...found.flatMap(({ name, share }, at) => {
      const y = 64 + at * BAR;
      return [
        text(170, y + 15, name, { 'text-anchor': 'end' }),
        element('rect', { x: 180, y, width: Math.max(1, 460 * share), height: BAR - 8, fill: BLUE }),
        text(188 + 460 * share, y + 15, `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`),
      ];
    }),
  ]);
}
