import type { Config } from '../../infra/config/schema.ts';
import { openArtifacts } from '../adapters/artifacts.ts';
import { openRegistry } from '../adapters/log.ts';
import { openWarehouse } from '../adapters/warehouse.ts';
import { createLogger } from '../logger.ts';
import { bar, type Output } from '../output.ts';
import { moveArtifacts } from './artifacts.ts';
import type { TargetCluster } from './cluster.ts';
import type { Standing } from './groups.ts';
import { assertNobodyAtWork, assertNotBegun, carryOver, standings } from './groups.ts';
import type { SourceHome } from './home.ts';
import { type ComparedProjections, compareProjections } from './projections.ts';
import { SchemaIds, usedSchemas } from './schema-ids.ts';
import { type ComparedPartition, Walk } from './walk.ts';

/** Who holds the place of the one that moves a log to a cluster: a second one fences the first. */
const MOVER = 'migration';

export interface Migration {
  config: Config;
  source: SourceHome;
  target: TargetCluster;
  output: Output;
  signal: AbortSignal;
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
  const { config, target, output } = migration;
  const artifacts = await storeArtifacts(migration);
  const begun = performance.now();
  const writer = await target.log.consumer(MOVER, []); // first: what one before has left open is decided then
  const { walk, ids, snapshot } = await recognise(migration);
  const present = walk.compared;
  if (!walk.isComplete) {
    await ids.register(await openRegistry(config, { register: true }));
    await walk.append(writer);
  }
  await writer.close();
  const seconds = (performance.now() - begun) / 1_000;
  await snapshot.assertWhole();
  output.progress('letting the services go on where they were');
  const before = await standings(snapshot, target.log, walk);
  if (before.some(({ ahead }) => ahead.length > 0)) await assertQuiet(migration, before);
  await carryOver(before, target.log);
  const groups = (await standings(snapshot, target.log, walk)).map(({ group, left }) => ({ group, left }));
  output.progress('rebuilding the projections from Kafka');
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

async function recognise({ source: { snapshot }, target, output, signal }: Migration) {
  output.progress('reading the log');
  const ids = await SchemaIds.find(await usedSchemas(snapshot), target.registry);
  const onProgress = (compared: number) =>
    output.progress(`${bar(compared / snapshot.size)} ${compared} of ${snapshot.size} records are in Kafka`);
  const walk = await Walk.begin({ snapshot, target: target.log, ids, signal, onProgress });
  await walk.recognise();
  if (!walk.isComplete) {
    const groups = await standings(snapshot, target.log, walk);
    assertNotBegun(groups);
    assertNobodyAtWork(await target.log.atWork(groups.map(({ group }) => group)));
  }
  return { walk, ids, snapshot };
}

async function assertQuiet({ target }: Migration, groups: readonly Standing[]): Promise<void> {
  assertNobodyAtWork(await target.log.atWork(groups.map(({ group }) => group)));
}

/** Stores the artifacts of the home in the bucket, if one is named: what the log says of them must hold there. */
async function storeArtifacts({ config, source, output }: Migration): Promise<number | null> {
  if (!config.artifacts) return null;
  const bucket = await openArtifacts(config, source.paths.artifacts);
  return moveArtifacts(source.paths.artifacts, bucket, (stored) =>
    output.progress(`${stored} artifacts are in the bucket`),
  );
}

async function projectionsOf(
  { config, source, target }: Migration,
  walk: Walk,
): Promise<ComparedProjections> {
  const logger = createLogger(config.logLevel);
  const atHome = { ...config, log: undefined, clickhouse: undefined };
  const warehouse = await openWarehouse(atHome, source.paths.warehouse, logger);
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
