import type avro from 'avsc';
import type { EventSchema } from '../kernel/schema.ts';
import {
  branchesOf,
  describeType,
  isArray,
  isEnum,
  isMap,
  isRecord,
  joined,
  meaningfulType,
  plain,
  required,
} from './avro.ts';

/** Why what was written as one type cannot be read as another, and where. */
type Mismatch = { path: string } & (
  | { kind: 'field' } // the reader's has no default, and the writer has none of that name
  | { kind: 'symbols'; unknown: readonly string[] }
  | { kind: 'type'; written: avro.Type; read: avro.Type; why: string }
);

/**
 * Why an event's schema may not follow an earlier version of it, in words that say what to do; empty when it may.
 * Each must be readable as the other (FULL compatibility): new services read old events, and old ones new events.
 * Avro's rules of resolution decide, as `avsc` applies them; in addition, the kind, the key and the meaning of a value
 * (its logical type) stay what they are.
 */
export function faultsBetween(before: EventSchema, now: EventSchema): string[] {
  const [old, current] = [meaningfulType(before), meaningfulType(now)];
  const faults = [
    ...(['kind', 'key'] as const)
      .filter((property) => String(before[property]) !== String(now[property]))
      .map((property) => `${property} was ${before[property]} and is ${now[property]}: ${KEEP_EVENT}`),
    ...mismatches(old, current, '').map(whyNewCannotReadOld),
    ...mismatches(current, old, '').map(whyOldCannotReadNew),
  ];
  return [...new Set(faults)];
}

const KEEP_EVENT = 'keep it, or give the event a new name';
const KEEP_TYPE = 'keep the type, and put what is new into a field of another name with a default';

function whyNewCannotReadOld(mismatch: Mismatch): string {
  const { path, kind } = mismatch;
  if (kind === 'field') return `${path} has no default, and events of that version lack it: give it one`;
  if (kind === 'symbols') {
    return `${path} has lost ${mismatch.unknown.join(', ')}, which old events hold: put it back`;
  }
  return whyOtherType(path, mismatch.written, mismatch.read, mismatch.why);
}

function whyOldCannotReadNew(mismatch: Mismatch): string {
  const { path, kind } = mismatch;
  if (kind === 'field') return `${path} is gone, and that version has no default for it: put it back`;
  if (kind === 'symbols') {
    const gained = mismatch.unknown.join(', ');
    return `${path} has gained ${gained}, which that version does not know: put what is new into another field with a default`;
  }
  return whyOtherType(path, mismatch.read, mismatch.written, mismatch.why);
}

function whyOtherType(path: string, old: avro.Type, current: avro.Type, why: string): string {
  const [was, is] = [old, current].map(describeType);
  if (was === is) return `${path || 'the event'} cannot be read: ${why}`;
  if (path === '') return `the event was ${was} and is ${is}: keep its name and namespace`;
  return `${path} was ${was} and is ${is}: ${KEEP_TYPE}`;
}

/** Why Avro cannot resolve what was written as one type as another; undefined when it can. */
function whyUnresolved(written: avro.Type, read: avro.Type): string | undefined {
  try {
    read.createResolver(written);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The innermost reasons why `written` is not resolved as `read`; `around` are the records that it is in. */
function mismatches(
  written: avro.Type,
  read: avro.Type,
  path: string,
  around: readonly string[] = [],
): Mismatch[] {
  if (isRecord(read) && around.includes(read.name ?? '')) return []; // it holds itself, and is being looked at
  const why = whyUnresolved(written, read);
  if (why === undefined) return [];
  return (
    mismatchesInside(plain(written), plain(read), path, around) ?? [
      { kind: 'type', path, written, read, why },
    ]
  );
}

/** Likewise, where it is something inside both that differs; else undefined. */
function mismatchesInside(
  written: avro.Type,
  read: avro.Type,
  path: string,
  around: readonly string[],
): Mismatch[] | undefined {
  if (isArray(written) && isArray(read)) {
    return mismatches(written.itemsType, read.itemsType, `${path}[]`, around);
  }
  if (isMap(written) && isMap(read)) {
    return mismatches(written.valuesType, read.valuesType, `${path}{}`, around);
  }
  if (isEnum(written) && isEnum(read) && isNamed(written, read)) {
    const unknown = written.symbols.filter((symbol) => !read.symbols.includes(symbol));
    return [{ kind: 'symbols', path, unknown }];
  }
  if (isRecord(written) && isRecord(read)) {
    const found = isNamed(written, read) ? mismatchesOfFields(written, read, path, around) : [];
    return found.length > 0 ? found : undefined;
  }
  const [one, other] = [required(written), required(read)];
  const isOptional = other !== read && branchesOf(one).length === 1;
  const found = isOptional ? mismatches(one, other, path, around) : [];
  return found.length > 0 ? found : undefined;
}

function mismatchesOfFields(
  written: avro.types.RecordType,
  read: avro.types.RecordType,
  path: string,
  around: readonly string[],
): Mismatch[] {
  return read.fields.flatMap((field): Mismatch[] => {
    const own = joined(path, field.name);
    const source = written.fields.find((candidate) => isNamed(candidate, field));
    if (source) return mismatches(source.type, field.type, own, [...around, read.name ?? '']);
    return field.defaultValue() === undefined ? [{ kind: 'field', path: own }] : [];
  });
}

/** Whether a reader finds what was written by its name, or by one that it also goes by. */
const isNamed = (written: { name?: string | undefined }, read: Named): boolean =>
  written.name === read.name || (read.aliases ?? []).includes(written.name ?? '');

type Named = { name?: string | undefined; aliases?: readonly string[] | undefined };
