import { EpochlogError } from '../../kernel/errors.ts';
import type { EventLog, Position } from '../../kernel/ports/log.ts';
import { commit } from './commit.ts';
import type { Snapshot } from './source-log.ts';
import type { Walk } from './walk.ts';

/** How far a group has come in the records that both logs hold. */
export interface Standing {
  group: string;
  /** records that are left to it in either log */
  left: { source: number; target: number };
  /** what it has to commit in the target, to go on where it is in the source */
  ahead: readonly Position[];
}

/** How far every group that has committed anything in the source has come in both logs. */
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
  source: EventLog,
  target: EventLog,
  walk: Walk,
): Promise<Standing> {
  const byTopic = (positions: readonly Position[]) => Map.groupBy(positions, ({ topic }) => topic);
  const reached = byTopic(await source.committed(group, topics));
  const committed = byTopic(await target.committed(group, topics));
  const standing = { group, left: { source: 0, target: 0 }, ahead: [] as Position[] };
  for (const topic of topics) {
    const [from, to] = [reached.get(topic) ?? [], committed.get(topic) ?? []];
    const left = walk.places.left(from, to);
    standing.left.source += left.source;
    standing.left.target += left.target;
    const goesOn = walk.places.after(topic, from, walk.partitionsOf(topic));
    standing.ahead.push(...goesOn.filter(({ partition, offset }) => offset > offsetOf(to, partition)));
  }
  return standing;
}

const offsetOf = (positions: readonly Position[], partition: number): number =>
  positions.find((position) => position.partition === partition)?.offset ?? 0;

/** CONFLICT when a group has come further in Kafka than at home, though the records are not all there yet. */
export function assertNotBegun(standings: readonly Standing[]): void {
  const begun = standings.filter(({ left }) => left.target < left.source).map(({ group }) => group);
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

/** Lets every group go on in the target where it is in the source. Offsets only go forward. */
export async function carryOver(standings: readonly Standing[], target: EventLog): Promise<void> {
  for (const { group, ahead } of standings) {
    if (ahead.length === 0) continue;
    const consumer = await target.consumer(group, [...new Set(ahead.map(({ topic }) => topic))]);
    await commit(consumer, ahead, []);
    await consumer.close();
  }
}
