import { suggestion } from '../../../kernel/nearest.ts';
import { InvalidInput } from '../../errors.ts';
import { escaped } from '../../plots/svg.ts';
import { isFixed } from '../domain.ts';
import { importances } from '../importance.ts';
import type { Parameter } from '../space.ts';
import { completedOf } from '../trial.ts';
import { contourPlot } from './contour.ts';
import { historyPlot } from './history.ts';
import { importancePlot } from './importance.ts';
import { importanceNumbers, trialNumbers } from './numbers.ts';
import { parallelPlot } from './parallel.ts';
import { slicePlot } from './slices.ts';
import type { Study } from './study.ts';

const allOf = ({ space }: Study): string[] => space.map(({ name }) => name);

/** A plot of a search: drawn, and the numbers that it shows. */
interface SearchPlot {
  svg(study: Study): string;
  csv(study: Study): string;
}

/** The plots of a search by name. */
export const PLOTS: Readonly<Record<string, SearchPlot>> = {
  history: { svg: historyPlot, csv: (study) => trialNumbers(study, []) },
  importance: { svg: importancePlot, csv: importanceNumbers },
  parallel: { svg: parallelPlot, csv: (study) => trialNumbers(study, allOf(study)) },
  slices: { svg: slicePlot, csv: (study) => trialNumbers(study, allOf(study)) },
  contour: {
    svg: (study) => contourPlot(study, ...mostImportantTwo(study)),
    csv: (study) => {
      const shown = mostImportantTwo(study).map(({ name }) => name);
      return trialNumbers(study, shown);
    },
  },
};

/** @throws InvalidInput `plot` for an unknown name; `too-few` when there are too few completed trials for it */
export function plotNamed(name: string, study: Study, format: keyof SearchPlot = 'svg'): string {
  const plot = Object.hasOwn(PLOTS, name) ? PLOTS[name] : undefined;
  if (!plot)
    throw new InvalidInput('plot', `there is no plot '${name}'; ${suggestion(name, Object.keys(PLOTS))}`);
  return plot[format](study);
}

function mostImportantTwo({ space, trials, direction }: Study): [Parameter, Parameter] {
  const ranked = importances(space, trials, direction)
    .map(({ name }) => space.find((parameter) => parameter.name === name)!)
    .filter(({ name, domain }) => !isFixed(domain) && isInMost(name));
  const [first, second] = ranked;
  if (first && second) return [first, second];
  throw new InvalidInput('too-few', 'a contour needs two parameters with more than one value');

  function isInMost(name: string): boolean {
    const completed = completedOf(trials);
    return 2 * completed.filter(({ values }) => values[name] !== undefined).length >= completed.length;
  }
}

/** A page with all plots that there are trials enough for; it needs no script, no network and no other file. */
export function plotPage(study: Study): string {
  const pictures = Object.values(PLOTS).flatMap((plot) => {
    try {
      return [plot.svg(study)];
    } catch (error) {
      if (error instanceof InvalidInput) return [];
      throw error;
    }
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(study.title)}</title>
<style>body { margin: 1rem auto; max-width: 60rem; background: #f5f7fa } svg { display: block; margin: 0 0 1rem; max-width: 100%; height: auto }</style>
${pictures.join('\n')}
</html>
`;
}
