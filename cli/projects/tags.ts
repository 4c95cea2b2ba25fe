import { EpochlogError } from '../../kernel/errors.ts';

/** MLflow's limits, which its clients expect of what they read. */
const MAX_KEY = 250;
const MAX_VALUE = 5_000;
const KEY = /^[/\w.\- :]+$/;

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** The name of a tag. INPUT_INVALID. */
export function tagName(text: string): string {
  if (KEY.test(text) && text.length <= MAX_KEY) return text;
  throw new EpochlogError(
    'INPUT_INVALID',
    `'${text.slice(0, 100)}' is no name of a tag: letters, digits, blanks and _ - . : / up to ${MAX_KEY}`,
  );
}

/** `name=value`, the value up to 5,000 characters. INPUT_INVALID. */
export function tagOf(text: string): Tag {
  const at = text.indexOf('=');
  if (at < 1)
    throw new EpochlogError(
      'INPUT_INVALID',
      `'${text.slice(0, 100)}' is no tag: write name=value, such as team=flowers`,
    );
  return { key: tagName(text.slice(0, at)), value: tagValue(text.slice(at + 1)) };
}

/** INPUT_INVALID for one that is longer than 5,000 characters, or no Unicode. */
export function tagValue(text: string): string {
  if (text.length <= MAX_VALUE && text.isWellFormed()) return text;
  throw new EpochlogError(
    'INPUT_INVALID',
    `the value of a tag has at most ${MAX_VALUE} characters, and this has ${text.length}`,
  );
}

/** An option that may be given several times. */
export const several =
  <T>(parse: (text: string) => T) =>
  (text: string, before: readonly T[] = []): readonly T[] => [...before, parse(text)];
