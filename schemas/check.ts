import type { EventSchema, StreamSchemas } from '../kernel/schema.ts';
import type { Upcast } from '../kernel/upcasters.ts';
import { describeType, meaningfulType, placesIn, plain } from './avro.ts';
import { faultsBetween } from './compatibility.ts';
import { readPublished, sameVersion } from './published.ts';

/** What keeps a schema from being published. */
export interface Fault {
  /** numbers of the published versions that it is not compatible with, from 1; none when it is wrong by itself */
  versions: number[];
  why: string;
}

/** How the schema of an event, as it stands, relates to its published versions. */
export interface CheckedEvent {
  stream: string;
  event: string;
  verdict: 'unchanged' | 'new' | 'compatible' | 'incompatible';
  /** what a compatible one changes, since the last version */
  changes: string[];
  /** why it is not compatible */
  faults: Fault[];
}

/**
 * Checks the schemas of a stream against all its published versions, oldest first: each must be readable as each other,
 * both ways (FULL_TRANSITIVE). A published event whose `.avsc` is gone needs an upcast.
 */
export function checkStream(
  { name: stream, events }: StreamSchemas,
  versions: readonly EventSchema[] = readPublished(stream).map(({ schema }) => schema),
  upcasts: readonly Pick<Upcast, 'from'>[] = [],
): CheckedEvent[] {
  const names = new Set([...versions, ...events].map(({ name }) => name));
  return [...names].sort().map((event) => {
    const before = versions.filter(({ name }) => name === event);
    const now = events.find(({ name }) => name === event);
    const gone = upcasts.some(({ from }) => from === event) ? UNCHANGED : GONE;
    return { stream, event, ...(now ? checkEvent(before, now) : gone) };
  });
}

type Checked = Omit<CheckedEvent, 'stream' | 'event'>;

const incompatible = (faults: Fault[]): Checked => ({ verdict: 'incompatible', changes: [], faults });

const UNCHANGED: Checked = { verdict: 'unchanged', changes: [], faults: [] };

const GONE = incompatible([
  {
    versions: [],
    why: 'its .avsc is gone, but logs may hold events of it: put it back, or read it as another event in upcast.ts',
  },
]);

function checkEvent(before: readonly EventSchema[], now: EventSchema): Checked {
  const wrong = whyInvalid(now);
  if (wrong) return incompatible([{ versions: [], why: wrong }]);
  const faults = new Map<string, number[]>();
  for (const [index, version] of before.entries()) {
    for (const why of faultsBetween(version, now)) faults.set(why, [...(faults.get(why) ?? []), index + 1]);
  }
  if (faults.size > 0) return incompatible([...faults].map(([why, versions]) => ({ why, versions })));
  const last = before.at(-1);
  if (!last) return { verdict: 'new', changes: [], faults: [] };
  if (before.some((version) => sameVersion(version, now))) {
    return UNCHANGED;
  }
  return { verdict: 'compatible', changes: changesBetween(last, now), faults: [] };
}

/** Why a schema is none, undefined when it is one. */
function whyInvalid(schema: EventSchema): string | undefined {
  try {
    meaningfulType(schema);
  } catch (error) {
    return `it is no valid Avro schema: ${error instanceof Error ? error.message : error}`;
  }
  const types = placesOf(schema);
  const wrong = [schema.key].flat().find((field) => types.get(field)?.type !== 'string');
  return wrong === undefined ? undefined : `its key '${wrong}' is no field of type string`;
}

/** What differs between two versions, field by field. */
function changesBetween(before: EventSchema, now: EventSchema): string[] {
  const [old, current] = [placesOf(before), placesOf(now)];
  const changes = [...current].flatMap(([path, { text }]) => {
    const was = old.get(path)?.text;
    if (was === undefined) return [`added ${path}`];
    return was === text ? [] : [`changed ${path} (${was} → ${text})`];
  });
  const removed = [...old.keys()].filter((path) => !current.has(path)).map((path) => `removed ${path}`);
  const all = [...changes, ...removed];
  return all.length > 0 ? all : ['the order of fields, or how the schema is written'];
}

/** Every field of a schema by its path: its type, and in words what else matters to a reader. */
function placesOf(schema: EventSchema): Map<string, { type: string; text: string }> {
  return new Map(
    placesIn(meaningfulType(schema)).map(({ path, field }) => {
      const text = [
        describeType(field.type),
        ...(field.defaultValue() === undefined ? [] : [`default ${JSON.stringify(field.defaultValue())}`]),
        ...(field.aliases.length === 0 ? [] : [`alias ${field.aliases.join(', ')}`]),
      ].join(', ');
      return [path, { type: plain(field.type).typeName, text }];
    }),
  );
}
