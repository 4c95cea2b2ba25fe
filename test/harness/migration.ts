import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { topicSpecs } from '../../cli/adapters/log.ts';
import { type EmbeddedLog, openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import type { StoredRecord } from '../../kernel/ports/log.ts';
import { LogCopy } from '../../operations/migrate/copy.ts';
import { type Lookup, SchemaIds, usedSchemas } from '../../operations/migrate/schema-ids.ts';
import { SourceLog } from '../../operations/migrate/source-log.ts';
import { openCodec } from '../../schemas/codec.ts';
import { STREAMS } from '../../schemas/events.generated.ts';
import { record } from '../contract/event-log-kit.ts';
import { temporaryFolder } from './folder.ts';
import { mixedEvent } from './mixed-events.ts';
import { smallScenario } from './small-scenario.ts';

export const PAPERS = 'epochlog.records';
export const RUNS = 'epochlog.runs';

/** A source log, and an empty target with the partitions of a cluster and other schema ids. */
export interface LogPair {
  source: EmbeddedLog;
  target: EmbeddedLog;
}

/** They are closed and removed when the test ends. */
export async function newLogs(): Promise<LogPair> {
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
  await openCodec(target.registry);
  return { source, target };
}

/** Appends events of all streams, some of them in batches, and undecodable records among them. */
export async function fill(source: EmbeddedLog): Promise<void> {
  const codec = await openCodec(source.registry);
  const scenario = smallScenario().map(codec.encode);
  await source.append(scenario.slice(0, 20));
  for (const event of scenario.slice(20)) await source.append([event]);
  await source.append([
    record(PAPERS, 'undecodable', Buffer.from('not avro at all')),
    record(PAPERS, 'undecodable', Buffer.from('00000003e7ff', 'hex')),
    record(PAPERS, '', ''),
  ]);
  await source.append(Array.from({ length: 9 }, (_, i) => record(RUNS, `another-${i}`, `${i}`)));
  await source.append(Array.from({ length: 100 }, (_, i) => codec.encode(mixedEvent(i))));
}

/** A copy that has compared the records of the target. */
export async function compared({ source, target }: LogPair): Promise<LogCopy> {
  const from = await SourceLog.of(source);
  const ids = await SchemaIds.find(await usedSchemas(from), lookupIn(target));
  const { signal } = new AbortController();
  const copy = await LogCopy.start({ source: from, target, ids, signal, onProgress() {} });
  await copy.compare();
  return copy;
}

/** Copies everything. */
export async function copyAll(logs: LogPair): Promise<LogCopy> {
  const copy = await compared(logs);
  await copy.append(await logs.target.consumer('migration', []));
  return copy;
}

/** The registry of a log, only read. */
export const lookupIn = ({ registry }: EmbeddedLog): Lookup => ({
  async find(subject, schema) {
    const known = await registry.list();
    return known.find((one) => one.schema === schema && one.subjects.includes(subject))?.id;
  },
});

/** All records in the order of their appends. */
export const inOrder = async (log: EmbeddedLog): Promise<StoredRecord[]> =>
  Array.fromAsync((await SourceLog.of(log)).records());
