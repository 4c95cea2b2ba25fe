import type { Field, Instance } from '../../ml/instance/schema.ts';
import { quoted } from '../../ml/records/shell-word.ts';

/** An instance with more fields is no example to type. */
const MAX_FIELDS = 40;
/** characters of a text: the beginning of one is an instance too */
const MAX_TEXT = 120;
/** instances that are looked at */
const CANDIDATES = 100;

/**
 * A call of `epochlog predict` that runs as it is printed: about an instance, or about the rows of a file when there is
 * one and the instance has too many fields to type.
 */
export function predictCall(model: string, instance: Instance, file?: string): string {
  const isShort = file === undefined || Object.keys(instance).length <= MAX_FIELDS;
  const asked = isShort ? `--instance ${quoted(JSON.stringify(instance))}` : `--data ${quoted(file)}`;
  return `npx epochlog predict --model ${model} ${asked}`;
}

/** Of instances the one to show: with most of its fields, and short; of long texts the beginning. */
export function exampleOf(instances: readonly Instance[], fields: Readonly<Record<string, Field>>): Instance {
  const [first] = instances
    .slice(0, CANDIDATES)
    .map((instance) => shortened(instance, fields))
    .sort((a, b) => sizeOf(b) - sizeOf(a) || JSON.stringify(a).length - JSON.stringify(b).length);
  return first ?? {};
}

const sizeOf = (instance: Instance): number => Object.keys(instance).length;

const shortened = (instance: Instance, fields: Readonly<Record<string, Field>>): Instance =>
  Object.fromEntries(
    Object.entries(instance).flatMap(([name, value]) => {
      if (value === null) return [];
      const isText = typeof value === 'string' && fields[name]?.type === 'text';
      return [[name, isText ? beginning(value) : value]];
    }),
  );

/** Whole words of a text, on one line. */
function beginning(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= MAX_TEXT) return line;
  const words = line.slice(0, MAX_TEXT + 1).replace(/ \S*$/, '');
  return words.slice(0, MAX_TEXT).toWellFormed();
}
