import type { KafkaLog } from '../../infra/log/kafka/log.ts';
import type { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import type { Codec } from '../../schemas/catalogue.ts';
import { copyArtifacts } from './artifacts.ts';
import { type ComparedPartition, LogCopy } from './copy.ts';
import type { GroupProgress } from './groups.ts';
import { assertNoProgress, assertNotRunning, commitProgress, progressOf } from './groups.ts';
import { type ComparedProjections, compareProjections } from './projections.ts';
import { SchemaIds, usedSchemas } from './schema-ids.ts';
import type { SourceHome } from './source.ts';

/** The consumer group of the writer: a second migration to the same cluster fences the first. */
const MIGRATION_GROUP = 'migration';

/** The cluster that a log is migrated to. */
export interface TargetCluster {
  log: KafkaLog;
  codec: Codec;
  /** finds schemas and registers none */
  registry: ConfluentRegistry;
  /** the same registry, where it registers schemas */
  openRegistry(): Promise<SchemaRegistry>;
  /** the bucket that artifacts are copied to; undefined when the configuration names none */
  openBucket?(): Promise<ArtifactStore>;
}

export interface Migration {
  home: SourceHome;
  /** opens the embedded warehouse of the home */
  openWarehouse(): Promise<Warehouse>;
  target: TargetCluster;
  signal: AbortSignal;
  /** called with the current step, and the copied fraction of the log (0..1) where that is known */
  onProgress(step: string, fraction?: number): void;
}

/** What is in Kafka, and what is still to be copied. */
export interface Readiness {
  records: number;
  present: number;
  /** subjects whose schemas were never published, and will be registered */
  unpublished: readonly string[];
  /** the records that Kafka has, by partition */
  partitions: readonly ComparedPartition[];
}

export interface Migrated {
  records: number;
  /** those that Kafka had before */
  present: number;
  moved: number;
  seconds: number;
  recordsPerSecond: number;
  /** digests of the records as read from the home, and as read back from Kafka */
  partitions: readonly ComparedPartition[];
  groups: readonly Pick<GroupProgress, 'group' | 'lag'>[];
  /** artifacts in the bucket; null when none is named */
  artifacts: number | null;
  projections: ComparedProjections;
}

/** Compares what Kafka has with the log of the home, and changes nothing. CONFLICT when it holds other records. */
export async function check(migration: Migration): Promise<Readiness> {
  const { copy, ids } = await compare(migration);
  return {
    records: migration.home.source.size,
    present: copy.compared,
    unpublished: ids.unpublished.map(({ subject }) => subject),
    partitions: copy.partitions(),
  };
}

/**
 * Migrates the log of a home to Kafka: appends the missing records, commits the offsets of every consumer group, and
 * compares the projections of both logs. It may be repeated, also when it is complete.
 */
export async function migrate(migration: Migration): Promise<Migrated> {
  const { home, target, onProgress } = migration;
  const { source } = home;
  const artifacts = await storeArtifacts(migration);
  const begun = performance.now();
  const writer = await target.log.consumer(MIGRATION_GROUP, []); // first: it aborts the open transaction of an earlier run
  const { copy, ids } = await compare(migration);
  const present = copy.compared;
  if (!copy.isComplete) {
    await ids.register(await target.openRegistry());
    await copy.append(writer);
  }
  await writer.close();
  const seconds = (performance.now() - begun) / 1_000;
  await source.assertUnchanged();
  onProgress('committing the offsets of the services');
  const before = await progressOf(source, target.log, copy);
  if (before.some(({ toCommit }) => toCommit.length > 0)) await assertNoMembers(target, before);
  await commitProgress(before, target.log);
  const groups = (await progressOf(source, target.log, copy)).map(({ group, lag }) => ({ group, lag }));
  onProgress('rebuilding the projections from Kafka');
  const projections = await projectionsOf(migration, copy);
  return {
    records: source.size,
    present,
    moved: source.size - present,
    seconds,
    recordsPerSecond: Math.round(source.size / seconds),
    partitions: copy.partitions(),
    groups,
    artifacts,
    projections,
  };
}

/** Whether all is equal: the records, the lag of each group (or less, once services run on Kafka), the projections. */
export const isVerified = ({ partitions, groups, projections }: Migrated): boolean =>
  partitions.every(({ source, target }) => source === target) &&
  groups.every(({ lag }) => lag.target <= lag.source) &&
  projections.tables.every(({ equal }) => equal);

async function compare({ home: { source }, target, signal, onProgress }: Migration) {
  onProgress('reading the log');
  const ids = await SchemaIds.find(await usedSchemas(source), target.registry);
  const onCompared = (compared: number) =>
    onProgress(`${compared} of ${source.size} records are in Kafka`, compared / source.size);
  const copy = await LogCopy.start({ source, target: target.log, ids, signal, onProgress: onCompared });
  await copy.compare();
  if (!copy.isComplete) {
    const groups = await progressOf(source, target.log, copy);
    assertNoProgress(groups);
    await assertNoMembers(target, groups);
  }
  return { copy, ids };
}

async function assertNoMembers({ log }: TargetCluster, groups: readonly GroupProgress[]): Promise<void> {
  assertNotRunning(await log.activeGroups(groups.map(({ group }) => group)));
}

/** Copies the artifacts of the home to the bucket, if there is one: the events name them. */
async function storeArtifacts({ home, target, onProgress }: Migration): Promise<number | null> {
  if (!target.openBucket) return null;
  return copyArtifacts(home.paths.artifacts, await target.openBucket(), (stored) =>
    onProgress(`${stored} artifacts are in the bucket`),
  );
}

async function projectionsOf(
  { home: { source }, openWarehouse, target }: Migration,
  copy: LogCopy,
): Promise<ComparedProjections> {
  const warehouse = await openWarehouse();
  try {
    return await compareProjections({ source, warehouse, target, upTo: copy.endOffsets() });
  } finally {
    await warehouse.close();
  }
}
