import type { KafkaLog } from '../../infra/log/kafka/log.ts';
import type { ConfluentRegistry } from '../../infra/registry/confluent.ts';
import type { Codec } from '../../kernel/codec.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import type { SchemaRegistry } from '../../kernel/ports/registry.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { moveArtifacts } from './artifacts.ts';
import type { Standing } from './groups.ts';
import { assertNobodyAtWork, assertNotBegun, carryOver, standings } from './groups.ts';
import { type ComparedProjections, compareProjections } from './projections.ts';
import { SchemaIds, usedSchemas } from './schema-ids.ts';
import type { SourceHome } from './source.ts';
import { type ComparedPartition, Walk } from './walk.ts';

/** Who holds the place of the one that moves a log to a cluster: a second one fences the first. */
const MOVER = 'migration';

/** The cluster that a log is moved to. */
export interface TargetCluster {
  log: KafkaLog;
  codec: Codec;
  /** finds schemas and registers none */
  registry: ConfluentRegistry;
  /** the same registry, where it registers schemas */
  openRegistry(): Promise<SchemaRegistry>;
  /** the bucket that the artifacts are copied to; undefined when the configuration names none */
  openBucket?(): Promise<ArtifactStore>;
}

export interface Migration {
  source: SourceHome;
  /** opens the embedded warehouse with the projections of the source */
  openWarehouse(): Promise<Warehouse>;
  target: TargetCluster;
  signal: AbortSignal;
  /** called with what is being done, and the fraction (0..1) of the log that is in the target, where it is known */
  onProgress(text: string, fraction?: number): void;
}

/** What is in Kafka, and what is still to be moved. */
export interface Readiness {
  records: number;
  present: number;
  /** subjects whose schemas were never published, and will be registered */
  unpublished: readonly string[];
  /** records that Kafka has, by partition */
  partitions: readonly ComparedPartition[];
}

export interface Moved {
  records: number;
  /** that Kafka had before */
  present: number;
  moved: number;
  seconds: number;
  recordsPerSecond: number;
  /** digests of the records as they were read in the home, and as read back from Kafka */
  partitions: readonly ComparedPartition[];
  groups: readonly Pick<Standing, 'group' | 'left'>[];
  /** artifacts stored in the bucket; null when none is named */
  artifacts: number | null;
  projections: ComparedProjections;
}

/** Compares what Kafka has with the log of the home, and changes nothing. CONFLICT when it cannot be gone on with. */
export async function check(migration: Migration): Promise<Readiness> {
  const { walk, ids, snapshot } = await recognise(migration);
  return {
    records: snapshot.size,
    present: walk.compared,
    unpublished: ids.unpublished.map(({ subject }) => subject),
    partitions: walk.partitions(),
  };
}

/**
 * Moves the log of a home to Kafka: appends what is missing there, lets every group go on where it was, and compares
 * the projections of both. It may be repeated, also when it is complete.
 */
export async function move(migration: Migration): Promise<Moved> {
  const { target, onProgress } = migration;
  const artifacts = await storeArtifacts(migration);
  const begun = performance.now();
  const writer = await target.log.consumer(MOVER, []); // first: what one before has left open is decided then
  const { walk, ids, snapshot } = await recognise(migration);
  const present = walk.compared;
  if (!walk.isComplete) {
    await ids.register(await target.openRegistry());
    await walk.append(writer);
  }
  await writer.close();
  const seconds = (performance.now() - begun) / 1_000;
  await snapshot.assertWhole();
  onProgress('letting the services go on where they were');
  const before = await standings(snapshot, target.log, walk);
  if (before.some(({ ahead }) => ahead.length > 0)) await assertQuiet(migration, before);
  await carryOver(before, target.log);
  const groups = (await standings(snapshot, target.log, walk)).map(({ group, left }) => ({ group, left }));
  onProgress('rebuilding the projections from Kafka');
  const projections = await projectionsOf(migration, walk);
  return {
    records: snapshot.size,
    present,
    moved: snapshot.size - present,
    seconds,
    recordsPerSecond: Math.round(snapshot.size / seconds),
    partitions: walk.partitions(),
    groups,
    artifacts,
    projections,
  };
}

/** Everything is there as it was: the records, how far each group has come, the projections. */
export const isProved = ({ partitions, groups, projections }: Moved): boolean =>
  partitions.every(({ source, target }) => source === target) &&
  groups.every(({ left }) => left.target <= left.source) &&
  projections.tables.every(({ equal }) => equal);

async function recognise({ source: { snapshot }, target, signal, onProgress }: Migration) {
  onProgress('reading the log');
  const ids = await SchemaIds.find(await usedSchemas(snapshot), target.registry);
  const onCompared = (compared: number) =>
    onProgress(`${compared} of ${snapshot.size} records are in Kafka`, compared / snapshot.size);
  const walk = await Walk.begin({ snapshot, target: target.log, ids, signal, onProgress: onCompared });
  await walk.recognise();
  if (!walk.isComplete) {
    const groups = await standings(snapshot, target.log, walk);
    assertNotBegun(groups);
    assertNobodyAtWork(await target.log.activeGroups(groups.map(({ group }) => group)));
  }
  return { walk, ids, snapshot };
}

async function assertQuiet({ target }: Migration, groups: readonly Standing[]): Promise<void> {
  assertNobodyAtWork(await target.log.activeGroups(groups.map(({ group }) => group)));
}

/** Copies the artifacts of the source to the bucket, if there is one: events in the target name them. */
async function storeArtifacts({ source, target, onProgress }: Migration): Promise<number | null> {
  if (!target.openBucket) return null;
  return moveArtifacts(source.paths.artifacts, await target.openBucket(), (stored) =>
    onProgress(`${stored} artifacts are in the bucket`),
  );
}

async function projectionsOf(
  { source, openWarehouse, target }: Migration,
  walk: Walk,
): Promise<ComparedProjections> {
  const warehouse = await openWarehouse();
  try {
    return await compareProjections({
      snapshot: source.snapshot,
      warehouse,
      target,
      upTo: walk.endOffsets(),
    });
  } finally {
    await warehouse.close();
  }
}
