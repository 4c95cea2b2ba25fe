import { EpochlogError } from '../../kernel/errors.ts';
import type { EventLog, Position } from '../../kernel/ports/log.ts';
import type { Snapshot } from './snapshot.ts';
import type { Walk } from './walk.ts';

/** How far a group has come in the records that both logs hold. */
export interface Standing {
  group: string;
  /** records that are left to it, here and there */
  left: { here: number; there: number };
  /** what it has to commit there, to go on where it is here */
  ahead: readonly Position[];
}

/** How far every group that has committed anything has come, here and there. */
export async function standings(snapshot: Snapshot, target: EventLog, walk: Walk): Promise<Standing[]> {
  const groups = await snapshot.log.groups();
  const filled = new Set(snapshot.topics);
  return Promise.all(
    [...groups].map(([group, topics]) => {
      const of = topics.filter((topic) => filled.has(topic));
      return standingOf({ group, topics: of }, snapshot.log, target, walk);
    }),
  );
}

async function standingOf(
  { group, topics }: { group: string; topics: readonly string[] },
  log: EventLog,
  target: EventLog,
  walk: Walk,
): Promise<Standing> {
  const here = Map.groupBy(await log.committed(group, topics), ({ topic }) => topic);
  const there = Map.groupBy(await target.committed(group, topics), ({ topic }) => topic);
  const standing = { group, left: { here: 0, there: 0 }, ahead: [] as Position[] };
  for (const [topic, reached] of here) {
    const committed = there.get(topic) ?? [];
    const left = walk.places.left(reached, committed);
    standing.left.here += left.here;
    standing.left.there += left.there;
    const goesOn = walk.places.after(topic, reached, walk.partitionsOf(topic));
    standing.ahead.push(...goesOn.filter(({ partition, offset }) => offset > offsetOf(committed, partition)));
  }
  return standing;
}

const offsetOf = (positions: readonly Position[], partition: number): number =>
  positions.find((position) => position.partition === partition)?.offset ?? 0;

/** CONFLICT when a group has come further there than here, though the records are not all there yet. */
export function assertNotBegun(standings: readonly Standing[]): void {
  const begun = standings.filter(({ left }) => left.there < left.here).map(({ group }) => group);
  if (begun.length === 0) return;
  throw new EpochlogError(
    'CONFLICT',
    `${begun.join(', ')} began to work on Kafka before all records were there: delete the epochlog topics in Kafka, ` +
      'make them anew with `epochlog topics apply`, and run this command before any service is started',
  );
}

/** CONFLICT when services are at work on Kafka. */
export function assertNobodyAtWork(groups: readonly string[]): void {
  if (groups.length === 0) return;
  throw new EpochlogError(
    'CONFLICT',
    `services are at work on Kafka: ${groups.join(', ')}; stop them until their log is there`,
  );
}

/** Lets every group go on there where it is here. Offsets only go forward. */
export async function carryOver(standings: readonly Standing[], target: EventLog): Promise<void> {
  for (const { group, ahead } of standings) {
    if (ahead.length === 0) continue;
    const consumer = await target.consumer(group, [...new Set(ahead.map(({ topic }) => topic))]);
    await consumer.commit(ahead, []);
    await consumer.close();
  }
}
