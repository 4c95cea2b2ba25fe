import { isDeepStrictEqual } from 'node:util';

/**
 * Checks what is left after a time of faults, in the manner of Jepsen's test of queues: what was acknowledged, what the
 * log holds, and what others have of it, against what is promised.
 */

/** An event as it lies in the log. */
export interface Entry extends Sighting {
  type: string;
  /** aggregate */
  subject: string;
  /** the number of a fact within its aggregate; 0 for a request */
  sequence: number;
  causationId: string | null;
  /** the number of a fact that follows from the state in which it was decided */
  decided?: number;
}

/** What somebody has of an event. */
export interface Sighting {
  topic: string;
  partition: number;
  offset: number;
  id: string;
}

export interface History {
  /** ids of the requests that the log acknowledged: of each client, in the order in which it made them */
  acknowledged: readonly (readonly string[])[];
  /** everything in the log, partition by partition */
  log: readonly Entry[];
  /** types of the facts that follow from an event of a type, in their order */
  follows: Readonly<Record<string, readonly string[]>>;
  /** by name, those who saw events come, in their order */
  followers: Readonly<Record<string, readonly Sighting[]>>;
  /** by name, tables that hold a row of each event, in any order */
  tables: Readonly<Record<string, readonly Sighting[]>>;
}

/**
 * `lost`: acknowledged or committed, and not there. `duplicated`: there more than once. `phantom`: seen, though the log
 * does not hold it, so it was never committed. `reordered`: not in the order of what it follows from. `gap`: the facts
 * of an aggregate are not numbered one by one. `stale`: decided without knowing all that was there. `orphan`: follows from
 * nothing. `misplaced`: an aggregate is in several partitions.
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

/** All that is wrong with a history; nothing, if what was promised was kept. */
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

/** An id is in the log once. */
const ofIdentity = (log: readonly Entry[]): Anomaly[] =>
  repeated(log, ({ id }) => id).map(([id, entries]) =>
    duplicated(`${id} is in the log ${entries.length} times`),
  );

/** What was acknowledged is in the log, and what a client said of an aggregate is in the order in which it said so. */
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

/** The events of an aggregate are in one partition, its facts numbered from 1 on. */
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

/** What has to follow from an event does, once, in order; an aggregate's events are answered one after the other. */
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
    yield* ofAnswers(causes.toSorted(byOffset).map((cause) => effects.get(cause.id) ?? []));
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

/** Of what followed from the events of an aggregate, in one partition, nothing is before what followed from one before. */
function* ofAnswers(answers: readonly (readonly Entry[])[]): Iterable<Anomaly> {
  const last = new Map<string, Entry>();
  for (const effects of answers) {
    for (const effect of effects.toSorted(byOffset)) {
      const before = last.get(placeOf(effect));
      if (before && before.offset > effect.offset) {
        yield {
          kind: 'reordered',
          what: `${nameOf(before)} follows from an earlier event than ${nameOf(effect)}`,
        };
      }
      last.set(placeOf(effect), effect);
    }
  }
}

/** A copy holds what the log holds. */
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

/** Within a partition, events come as they lie there. */
function* ofOrder(name: string, seen: readonly Sighting[]): Iterable<Anomaly> {
  for (const sightings of Map.groupBy(seen, placeOf).values()) {
    for (const [i, sighting] of sightings.entries()) {
      const before = sightings[i - 1];
      if (before && before.offset > sighting.offset) {
        yield { kind: 'reordered', what: `${name} saw ${nameOf(before)} before ${nameOf(sighting)}` };
      }
    }
  }
}

const aggregateOf = ({ topic, subject }: Entry): string => `${topic}/${subject}`;
const placeOf = ({ topic, partition }: Sighting): string => `${topic}/${partition}`;
const nameOf = (sighting: Sighting): string => `${sighting.id} at ${placeOf(sighting)}@${sighting.offset}`;
const byOffset = (a: Sighting, b: Sighting): number => a.offset - b.offset;
const duplicated = (what: string): Anomaly => ({ kind: 'duplicated', what });

/** Those of which there are several. */
const repeated = <T>(items: readonly T[], keyOf: (item: T) => string): [key: string, items: T[]][] =>
  [...Map.groupBy(items, keyOf)].filter(([, { length }]) => length > 1);

/** The words that are left when each of others has taken one of its kind. */
function without(words: readonly string[], others: readonly string[]): string[] {
  const left = [...words];
  for (const word of others) {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}
