import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { refuseFuture } from '../kernel/clock.ts';
import { EpochlogError } from '../kernel/errors.ts';
import { suggestion } from '../kernel/nearest.ts';
import { identifier, reason as reasonText } from '../kernel/texts.ts';
import { parseDay } from '../ml/records/day.ts';
import { ALL_STREAMS, type StreamName } from '../schemas/catalogue.ts';
import { loadDefaultModel } from '../tasks/options.ts';

/** The model that comes with epochlog, which is meant where none is named or declared. */
export const DEFAULT_MODEL = await loadDefaultModel();

/** What `--model` takes. */
export const MODEL_OPTION = `model (default: that of EPOCHLOG_MODEL, else the only one declared, else ${DEFAULT_MODEL.model})`;

/** Parses an argument as one of the texts of kernel/texts.ts; INPUT_INVALID says what is wrong with it. */
export const checked =
  (argument: string, type: z.ZodType<string>) =>
  (text: string): string => {
    const { success, data, error } = type.safeParse(text);
    if (success) return data;
    throw new EpochlogError('INPUT_INVALID', `${argument}: ${error.issues[0]?.message}`);
  };

/** `--reason`: why something is asked for. */
export const REASON = [
  '--reason <text>',
  'why; it stays in the log',
  checked('--reason', reasonText),
  'asked for on the command line',
] as const;

/** Adds `--by`: who asks for a change. It stays in the log. */
export const withBy = (command: Command): Command =>
  command.addOption(
    new Option('--by <name>', 'who asks for it; it stays in the log')
      .argParser(checked('--by', identifier))
      .default(userName(), 'you: the user of the operating system'),
  );

/** The user of the operating system; `cli` where it has no name, as in some containers. */
function userName(): string {
  try {
    return userInfo().username || 'cli';
  } catch {
    return 'cli';
  }
}

/** Parses an argument as one of some words. */
export const oneOf =
  (argument: string, words: readonly string[]) =>
  (text: string): string => {
    if (words.includes(text)) return text;
    throw new EpochlogError('INPUT_INVALID', `${argument} takes no '${text}'; ${suggestion(text, words)}`);
  };

/** What `--limit` takes. */
export function count(text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--limit takes a whole number from 1, not '${text}'`);
}

/** A day of the calendar, YYYY-MM-DD: what `--from`, `--to` and `--cut` take. */
export function day(text: string): string {
  if (parseDay(text) === text) return text;
  throw new EpochlogError('INPUT_INVALID', `'${text}' is not a date: write a day as YYYY-MM-DD`);
}

const MOMENT = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
const AGO = /^(\d{1,5})([mhd])$/;
const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A moment that has been, in milliseconds since the epoch: what `--at`, `--since` and `--until` take. A day is its first
 * moment, in UTC; a time is written as it is shown, with its zone; 7d was seven days ago.
 */
export function pastMoment(text: string, now = Date.now()): number {
  const [, amount, unit] = AGO.exec(text) ?? [];
  if (unit !== undefined) return now - Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  const moment =
    MOMENT.test(text) && parseDay(text.slice(0, 10)) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  if (Number.isNaN(moment)) {
    const advice = 'write 2026-03-01, 2026-03-01T12:00:00Z, or how long ago: 7d, 12h, 30m';
    throw new EpochlogError('INPUT_INVALID', `'${text}' is not a time: ${advice}`);
  }
  refuseFuture(text, moment, now);
  return moment;
}

/** What `--stream` takes. */
export function streamNamed(name: string): StreamName {
  const found = ALL_STREAMS.find((stream) => stream === name);
  if (found !== undefined) return found;
  throw new EpochlogError('INPUT_INVALID', `there is no stream '${name}'; ${suggestion(name, ALL_STREAMS)}`);
}
