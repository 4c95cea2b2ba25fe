import { EpochlogError } from '../../../kernel/errors.ts';
import { suggestion } from '../../../kernel/nearest.ts';
import type { Query } from '../../source.ts';
import { CATEGORIES } from '../labels.ts';

/** The options of a query, all of them known. INPUT_INVALID, with the nearest one. */
export function assertKnown({ options }: Query, known: readonly string[]): void {
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new EpochlogError('INPUT_INVALID', `there is no option '${name}': ${suggestion(name, known)}`);
}

/** The categories in a list such as `cs.AI,cs.LG`; all of the task without one. INPUT_INVALID for any other. */
export function categoriesIn(text: string | undefined): string[] {
  if (text === undefined) return [...CATEGORIES];
  const named = [...new Set(text.split(',').map((category) => category.trim()))].filter(Boolean);
  for (const category of named)
    if (!(CATEGORIES as readonly string[]).includes(category))
      throw new EpochlogError(
        'INPUT_INVALID',
        `'${category}' is no category of this task: ${suggestion(category, CATEGORIES)}`,
      );
  if (named.length === 0)
    throw new EpochlogError('INPUT_INVALID', `name a category: ${CATEGORIES.join(', ')}`);
  return named;
}

const DAY_MS = 86_400_000;

/** The last day that is before `to`. */
export const dayBefore = (to: string): string =>
  new Date(Date.parse(`${to}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
