import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { topicSpecs } from '../../cli/adapters/log.ts';
import { type EmbeddedLog, openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { createCodec } from '../../kernel/codec.ts';
import type { StoredRecord } from '../../kernel/ports/log.ts';
import { type Lookup, SchemaIds, usedSchemas } from '../../operations/migrate/schema-ids.ts';
import { Snapshot } from '../../operations/migrate/source-log.ts';
import { Walk } from '../../operations/migrate/walk.ts';
import { STREAMS } from '../../schemas/events.generated.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { record } from '../contract/event-log-kit.ts';
import { temporaryFolder } from './folder.ts';
import { mixedEvent } from './mixed-events.ts';
import { smallLife } from './small-life.ts';

export const PAPERS = 'epochlog.papers';
export const RUNS = 'epochlog.runs';

/** A log, and an empty one that it is moved to, which has the partitions of a cluster and other ids of schemas. */
export interface World {
  source: EmbeddedLog;
  target: EmbeddedLog;
}

/** Both are gone when the test ends. */
export async function newWorld(): Promise<World> {
  const folder = await temporaryFolder('migrate');
  onTestFinished(() => folder.remove());
  const open = async (name: string, partitionsOf: Parameters<typeof topicSpecs>[0]) => {
    const log = await openEmbeddedLog({ path: join(folder.path, name) });
    onTestFinished(() => log.close());
    await log.ensureTopics(topicSpecs(partitionsOf));
    return log;
  };
  const source = await open('source', () => 1);
  const target = await open('target', (stream) => STREAMS[stream].partitions);
  await target.registry.idOf('another-subject', '"string"');
  await createCodec(target.registry, loadSchemas());
  return { source, target };
}

/** Appends events of all streams, some of them many at once, and what nobody can read among them. */
export async function fill(source: EmbeddedLog): Promise<void> {
  const codec = await createCodec(source.registry, loadSchemas());
  const life = smallLife().map(codec.encode);
  await source.append(life.slice(0, 20));
  for (const event of life.slice(20)) await source.append([event]);
  await source.append([
    record(PAPERS, 'nobody', Buffer.from('not avro at all')),
    record(PAPERS, 'nobody', Buffer.from('00000003e7ff', 'hex')),
    record(PAPERS, '', ''),
  ]);
  await source.append(Array.from({ length: 9 }, (_, i) => record(RUNS, `another-${i}`, `${i}`)));
  await source.append(Array.from({ length: 100 }, (_, i) => codec.encode(mixedEvent(i))));
}

/** A walk that has compared what the target has. */
export async function recognised({ source, target }: World): Promise<Walk> {
  const snapshot = await Snapshot.of(source);
  const ids = await SchemaIds.find(await usedSchemas(snapshot), lookupIn(target));
  const { signal } = new AbortController();
  const walk = await Walk.begin({ snapshot, target, ids, signal, onProgress() {} });
  await walk.recognise();
  return walk;
}

/** Moves everything, and returns the walk at its end. */
export async function moveAll(world: World): Promise<Walk> {
  const walk = await recognised(world);
  await walk.append(await world.target.consumer('migration', []));
  return walk;
}

/** The registry of a log, as far as it is only asked. */
export const lookupIn = ({ registry }: EmbeddedLog): Lookup => ({
  async find(subject, schema) {
    const known = await registry.list();
    return known.find((one) => one.schema === schema && one.subjects.includes(subject))?.id;
  },
});

/** All records in the order in which a log took them. */
export const inOrder = async (log: EmbeddedLog): Promise<StoredRecord[]> =>
  Array.fromAsync((await Snapshot.of(log)).records());
