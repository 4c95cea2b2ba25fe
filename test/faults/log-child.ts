import { once } from 'node:events';
import { type EmbeddedLog, openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { LogRecord, Position } from '../../kernel/ports/log.ts';
import { report } from '../harness/child.ts';

/** `node log-child.ts FOLDER ROLE`: another process that uses the log of a test. The parent creates the topics. */
export const TOPICS = [
  { name: 'input', partitions: 3 },
  { name: 'output', partitions: 2 },
];
export const RECORDS_PER_APPEND = 3;
export const FILL_RECORDS = 3_000;
const CALLERS = 8;

const record = (topic: string, key: string, value: string | Buffer): LogRecord => ({
  topic,
  key,
  value: Buffer.from(value),
  headers: {},
});

export interface Acknowledged {
  values: string[];
  positions: Position[];
}

/** Appends for ever, from several concurrent callers, and reports the acknowledged records. */
async function append(log: EmbeddedLog): Promise<void> {
  const caller = async (id: number) => {
    for (let i = 0; ; i++) {
      const values = Array.from({ length: RECORDS_PER_APPEND }, (_, j) => `${process.pid}-${id}-${i}-${j}`);
      const records = values.map((value, j) =>
        record(j === 0 ? 'output' : 'input', `caller-${process.pid}-${id}`, value),
      );
      report({ values, positions: await log.append(records) } satisfies Acknowledged);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, id) => caller(id)));
}

/** Consumes and copies records until it is killed; at most about so many, however late that is. */
async function copy(log: EmbeddedLog, most: number): Promise<void> {
  const consumer = await log.consumer('copier', ['input']);
  report({ joined: true });
  const { signal } = new AbortController();
  let copied = 0;
  for (let round = 0; copied < most; round++) {
    const polled = await consumer.poll(1 + (round % 20), signal);
    const next = new Map(
      polled.map(({ topic, partition, offset }) => [partition, { topic, partition, offset: offset + 1 }]),
    );
    await consumer.commit(
      [...next.values()],
      polled.map(({ key, value }) => record('output', key, Buffer.from(value))),
    );
    copied += polled.length;
  }
  await once(process.stdin, 'data');
}

export interface Filled {
  acknowledged: number;
  code?: string;
  message?: string;
}

/** Appends until the disk is full, and retries after each line on standard input. */
async function fill(log: EmbeddedLog): Promise<void> {
  let acknowledged = 0;
  for (;;) {
    try {
      while (acknowledged < FILL_RECORDS) {
        const values = Array.from({ length: 60 }, (_, i) => `${acknowledged + i}`.padEnd(1_500, '.'));
        await log.append(values.map((value) => record('input', 'key', value)));
        acknowledged += values.length;
      }
      return report({ acknowledged } satisfies Filled);
    } catch (error) {
      if (!(error instanceof EpochlogError)) throw error;
      report({ acknowledged, code: error.code, message: error.message } satisfies Filled);
      await once(process.stdin, 'data');
    }
  }
}

/** Appends one record after a line on standard input. */
async function appendOne(log: EmbeddedLog): Promise<void> {
  report({ ready: true });
  await once(process.stdin, 'data');
  await log.append([record('input', 'key', 'from another process')]);
}

const ROLES: Readonly<Record<string, (log: EmbeddedLog, most: number) => Promise<void>>> = {
  append,
  appendOne,
  copy,
  fill,
};

if (import.meta.main) {
  const [folder = '', role = '', most = 'Infinity'] = process.argv.slice(2);
  const log = await openEmbeddedLog({ path: folder });
  await ROLES[role]?.(log, Number(most));
  await log.close();
  process.stdin.destroy();
}
