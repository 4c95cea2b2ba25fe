import { EpochlogError } from '../kernel/errors.ts';
import { duration } from '../tasks/policies/durations.ts';

/** Parses a duration such as 3d, to milliseconds. */
export const lasting =
  (argument: string) =>
  (text: string): number => {
    const { success, data, error } = duration.safeParse(text);
    if (success) return data;
    throw new EpochlogError('INPUT_INVALID', `${argument}: ${error.issues[0]?.message}`);
  };
