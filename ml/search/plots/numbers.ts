import { csvOf } from '../../plots/plot.ts';
import { importances } from '../importance.ts';
import type { Study } from './study.ts';

/** The trials that a plot is of, with the parameters that it shows; what has no value is empty. */
export const trialNumbers = ({ trials, metric }: Study, parameters: readonly string[]): string =>
  csvOf(
    ['trial', 'state', ...parameters, metric],
    trials.map(({ number, state, values, value, reports }) => [
      ...[number, state],
      ...parameters.map((name) => (values[name] === undefined ? null : String(values[name]))),
      value ?? reports.at(-1)?.value ?? null,
    ]),
  );

/** How much each parameter decides. */
export const importanceNumbers = ({ space, trials, direction }: Study): string =>
  csvOf(
    ['parameter', 'share'],
    importances(space, trials, direction).map(({ name, share }) => [name, share]),
  );
