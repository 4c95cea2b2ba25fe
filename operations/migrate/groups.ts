import { EpochlogError } from '../../kernel/errors.ts';
import type { EventLog, Position } from '../../kernel/ports/log.ts';
import { commit } from './commit.ts';
import type { LogCopy } from './copy.ts';
import type { SourceLog } from './source-log.ts';

/** The committed offsets of a consumer group, compared over the records that both logs hold. */
export interface GroupProgress {
  group: string;
  /** records after the committed offsets, in either log */
  lag: { source: number; target: number };
  /** offsets to commit in the target, so that the group resumes where it is in the source */
  toCommit: readonly Position[];
}

/** The progress of every group that has committed offsets in the source. */
export async function progressOf(
  source: SourceLog,
  target: EventLog,
  copy: LogCopy,
): Promise<GroupProgress[]> {
  const groups = await source.log.groups();
  const filled = new Set(source.topics);
  return Promise.all(
    [...groups].map(([group, topics]) => {
      const of = topics.filter((topic) => filled.has(topic));
      return progressOfGroup({ group, topics: of }, source.log, target, copy);
    }),
  );
}

async function progressOfGroup(
  { group, topics }: { group: string; topics: readonly string[] },
  source: EventLog,
  target: EventLog,
  copy: LogCopy,
): Promise<GroupProgress> {
  const byTopic = (positions: readonly Position[]) => Map.groupBy(positions, ({ topic }) => topic);
  const inSource = byTopic(await source.committed(group, topics));
  const inTarget = byTopic(await target.committed(group, topics));
  const progress = { group, lag: { source: 0, target: 0 }, toCommit: [] as Position[] };
  for (const topic of topics) {
    const [from, to] = [inSource.get(topic) ?? [], inTarget.get(topic) ?? []];
    const lag = copy.offsets.lag(from, to);
    progress.lag.source += lag.source;
    progress.lag.target += lag.target;
    const translated = copy.offsets.committed(topic, from, copy.partitionsOf(topic));
    progress.toCommit.push(...translated.filter(({ partition, offset }) => offset > offsetOf(to, partition)));
  }
  return progress;
}

const offsetOf = (positions: readonly Position[], partition: number): number =>
  positions.find((position) => position.partition === partition)?.offset ?? 0;

/** CONFLICT when a group has committed more in the target than in the source, although records are missing there. */
export function assertNoProgress(groups: readonly GroupProgress[]): void {
  const begun = groups.filter(({ lag }) => lag.target < lag.source).map(({ group }) => group);
  if (begun.length === 0) return;
  throw new EpochlogError(
    'CONFLICT',
    `${begun.join(', ')} committed offsets in Kafka before all records were there: delete the epochlog topics in ` +
      'Kafka, create them again with `epochlog topics apply`, and run this command before any service is started',
  );
}

/** CONFLICT when groups have running members. */
export function assertNotRunning(groups: readonly string[]): void {
  if (groups.length === 0) return;
  throw new EpochlogError(
    'CONFLICT',
    `services are running on Kafka: ${groups.join(', ')}; stop them until the log is migrated`,
  );
}

/** Commits the offsets of every group in the target. An offset never decreases. */
export async function commitProgress(groups: readonly GroupProgress[], target: EventLog): Promise<void> {
  for (const { group, toCommit } of groups) {
    if (toCommit.length === 0) continue;
    const consumer = await target.consumer(group, [...new Set(toCommit.map(({ topic }) => topic))]);
    await commit(consumer, toCommit, []);
    await consumer.close();
  }
}
