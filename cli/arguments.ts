import type { z } from 'zod';
import { EpochlogError } from '../kernel/errors.ts';
import { ALL_STREAMS, type StreamName } from '../kernel/event.ts';

/** Parses an argument as one of the texts of kernel/texts.ts; INPUT_INVALID says what is wrong with it. */
export const checked =
  (argument: string, type: z.ZodType<string>) =>
  (text: string): string => {
    const { success, data, error } = type.safeParse(text);
    if (success) return data;
    throw new EpochlogError('INPUT_INVALID', `${argument}: ${error.issues[0]?.message}`);
  };

/** What `--limit` takes. */
export function count(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--limit takes a whole number from 1, not '${text}'`);
}

/** What `--stream` takes. */
export function streamNamed(name: string): StreamName {
  const found = ALL_STREAMS.find((stream) => stream === name);
  if (found !== undefined) return found;
  throw new EpochlogError(
    'INPUT_INVALID',
    `there is no stream '${name}'; there are ${ALL_STREAMS.join(', ')}`,
  );
}
