import { EpochlogError } from '../kernel/errors.ts';
import { hyperparameter } from '../kernel/texts.ts';
import type { TrainingPlanRequested } from '../schemas/events.generated.ts';

export type Parameters = TrainingPlanRequested['params'];

/** `name=value`, collected into one object: a number, true or false, a list as JSON, or else a text. */
export function parameter(text: string, before: Parameters): Parameters {
  const [, name = '', value = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const parsed = hyperparameter.safeParse(isJson(value) ? JSON.parse(value) : value);
  if (name === '' || !parsed.success) {
    throw new EpochlogError(
      'INPUT_INVALID',
      `--param takes name=value, with a number, a text, true, false or a list such as [1,2]; not '${text}'`,
    );
  }
  return { ...before, [name]: parsed.data };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A seed of every random choice. */
export function seed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--seed takes a whole number from 0 to 999999999, not '${text}'`);
}
