import { isDeepStrictEqual } from 'node:util';

/**
 * Checks the history of a test with faults, in the manner of Jepsen's queue test: acknowledged requests, the log, and the
 * followers and tables, against the guarantees.
 */

/** An event in the log. */
export interface Entry extends Sighting {
  type: string;
  /** aggregate */
  subject: string;
  /** the number of a fact within its aggregate; 0 for a request */
  sequence: number;
  causationId: string | null;
  /** the number that a fact must have by the state in which it was decided */
  decided?: number;
}

/** An event as a follower or a table has it. */
export interface Sighting {
  topic: string;
  partition: number;
  offset: number;
  id: string;
}

export interface History {
  /** ids of acknowledged requests by client, in the order of appending */
  acknowledged: readonly (readonly string[])[];
  /** all events, partition by partition */
  log: readonly Entry[];
  /** by type of event, the types of its effects in order */
  follows: Readonly<Record<string, readonly string[]>>;
  /** by name, the events that a follower has polled, in order */
  followers: Readonly<Record<string, readonly Sighting[]>>;
  /** by name, tables with a row for each event, in any order */
  tables: Readonly<Record<string, readonly Sighting[]>>;
}

/**
 * `lost`: acknowledged or committed, and missing. `duplicated`: more than once. `phantom`: read, but not in the log, so
 * never committed. `reordered`: not in the order of its causes. `gap`: the facts of an aggregate are not numbered
 * consecutively. `stale`: decided on an old state. `orphan`: its cause is not in the log. `misplaced`: an aggregate is in
 * several partitions.
 */
export type AnomalyKind =
  | 'lost'
  | 'duplicated'
  | 'phantom'
  | 'reordered'
  | 'gap'
  | 'stale'
  | 'orphan'
  | 'misplaced';

export interface Anomaly {
  kind: AnomalyKind;
  what: string;
}

/** The anomalies of a history; none if the guarantees hold. */
export const anomaliesIn = (history: History): Anomaly[] => [...anomalies(history)];

function* anomalies(history: History): Iterable<Anomaly> {
  const { log, followers, tables } = history;
  yield* ofIdentity(log);
  yield* ofAcknowledged(history);
  yield* ofAggregates(log);
  yield* ofEffects(history);
  for (const [name, seen] of Object.entries(followers)) {
    yield* ofCopy(name, seen, log);
    yield* ofOrder(name, seen);
  }
  for (const [name, rows] of Object.entries(tables)) yield* ofCopy(name, rows, log);
}

/** Ids are unique in the log. */
const ofIdentity = (log: readonly Entry[]): Anomaly[] =>
  repeated(log, ({ id }) => id).map(([id, entries]) =>
    duplicated(`${id} is in the log ${entries.length} times`),
  );

/** Acknowledged requests are in the log, those of one client and aggregate in order. */
function* ofAcknowledged({ acknowledged, log }: History): Iterable<Anomaly> {
  const entries = new Map(log.map((entry) => [entry.id, entry]));
  for (const [client, ids] of acknowledged.entries()) {
    const last = new Map<string, Entry>();
    for (const id of ids) {
      const entry = entries.get(id);
      if (!entry) {
        yield { kind: 'lost', what: `${id} of client ${client} was acknowledged and is not in the log` };
        continue;
      }
      const before = last.get(aggregateOf(entry));
      if (before && before.offset > entry.offset) {
        yield { kind: 'reordered', what: `client ${client} made ${nameOf(before)} before ${nameOf(entry)}` };
      }
      last.set(aggregateOf(entry), entry);
    }
  }
}

/** The events of an aggregate are in one partition, its facts numbered from 1. */
function* ofAggregates(log: readonly Entry[]): Iterable<Anomaly> {
  for (const [aggregate, entries] of Map.groupBy(log, aggregateOf)) {
    const partitions = new Set(entries.map(({ partition }) => partition));
    if (partitions.size > 1) {
      yield { kind: 'misplaced', what: `${aggregate} is in partitions ${[...partitions].join(', ')}` };
      continue;
    }
    const facts = entries.filter(({ sequence }) => sequence > 0).toSorted(byOffset);
    for (const [i, fact] of facts.entries()) {
      const expected = (facts[i - 1]?.sequence ?? 0) + 1;
      if (fact.sequence !== expected) {
        yield { kind: 'gap', what: `${nameOf(fact)} has number ${fact.sequence}, not ${expected}` };
      }
      if (fact.decided !== undefined && fact.decided !== fact.sequence) {
        yield {
          kind: 'stale',
          what: `${nameOf(fact)}, number ${fact.sequence}, was decided as ${fact.decided}`,
        };
      }
    }
  }
}

/** The expected effects of each event are in the log once, in order; events of an aggregate are processed in order. */
function* ofEffects({ log, follows }: History): Iterable<Anomaly> {
  const entries = new Map(log.map((entry) => [entry.id, entry]));
  const effects = Map.groupBy(log, ({ causationId }) => causationId);
  for (const entry of log) {
    if (entry.causationId !== null && !entries.has(entry.causationId)) {
      yield {
        kind: 'orphan',
        what: `${nameOf(entry)} follows from ${entry.causationId}, which is not in the log`,
      };
    }
    const wanted = follows[entry.type];
    if (wanted) yield* ofEffectsOf(entry, wanted, (effects.get(entry.id) ?? []).toSorted(byOffset));
  }
  for (const causes of Map.groupBy(log, aggregateOf).values()) {
    yield* ofCauseOrder(causes.toSorted(byOffset).map((cause) => effects.get(cause.id) ?? []));
  }
}

function* ofEffectsOf(cause: Entry, wanted: readonly string[], found: readonly Entry[]): Iterable<Anomaly> {
  const types = found.map(({ type }) => type);
  if (isDeepStrictEqual(types, wanted)) return;
  const [missing, surplus] = [without(wanted, types), without(types, wanted)];
  if (missing.length > 0)
    yield { kind: 'lost', what: `nothing says ${missing.join(', ')} of ${nameOf(cause)}` };
  if (surplus.length > 0) yield duplicated(`${nameOf(cause)} led to ${types.join(', ')}`);
  if (missing.length + surplus.length === 0) {
    yield { kind: 'reordered', what: `${nameOf(cause)} led to ${types.join(', ')}` };
  }
}

/** In each partition, the effects of an aggregate's events are in the order of these events. */
function* ofCauseOrder(effectsByCause: readonly (readonly Entry[])[]): Iterable<Anomaly> {
  const last = new Map<string, Entry>();
  for (const effects of effectsByCause) {
    for (const effect of effects.toSorted(byOffset)) {
      const before = last.get(partitionOf(effect));
      if (before && before.offset > effect.offset) {
        yield {
          kind: 'reordered',
          what: `${nameOf(before)} follows from an earlier event than ${nameOf(effect)}`,
        };
      }
      last.set(partitionOf(effect), effect);
    }
  }
}

/** A copy has exactly the events of the log. */
function* ofCopy(name: string, copy: readonly Sighting[], log: readonly Entry[]): Iterable<Anomaly> {
  const [inLog, inCopy] = [new Set(log.map(nameOf)), new Set(copy.map(nameOf))];
  for (const sighting of inLog.difference(inCopy)) yield { kind: 'lost', what: `${name} has no ${sighting}` };
  for (const sighting of inCopy.difference(inLog)) {
    yield { kind: 'phantom', what: `${name} has ${sighting}, and the log has not` };
  }
  for (const [sighting, { length }] of repeated(copy, nameOf)) {
    yield duplicated(`${name} has ${sighting} ${length} times`);
  }
}

/** Within a partition, events are polled in the order of offsets. */
function* ofOrder(name: string, seen: readonly Sighting[]): Iterable<Anomaly> {
  for (const sightings of Map.groupBy(seen, partitionOf).values()) {
    for (const [i, sighting] of sightings.entries()) {
      const before = sightings[i - 1];
      if (before && before.offset > sighting.offset) {
        yield { kind: 'reordered', what: `${name} saw ${nameOf(before)} before ${nameOf(sighting)}` };
      }
    }
  }
}

const aggregateOf = ({ topic, subject }: Entry): string => `${topic}/${subject}`;
const partitionOf = ({ topic, partition }: Sighting): string => `${topic}/${partition}`;
const nameOf = (sighting: Sighting): string =>
  `${sighting.id} at ${partitionOf(sighting)}@${sighting.offset}`;
const byOffset = (a: Sighting, b: Sighting): number => a.offset - b.offset;
const duplicated = (what: string): Anomaly => ({ kind: 'duplicated', what });

/** The items whose key occurs more than once. */
const repeated = <T>(items: readonly T[], keyOf: (item: T) => string): [key: string, items: T[]][] =>
  [...Map.groupBy(items, keyOf)].filter(([, { length }]) => length > 1);

/** Multiset difference. */
function without(words: readonly string[], others: readonly string[]): string[] {
  const left = [...words];
  for (const word of others) {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}
