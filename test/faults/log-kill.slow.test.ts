import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type EmbeddedLog, openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { readAll, record, textOf } from '../contract/event-log-kit.ts';
import { startChild } from '../harness/child.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { type Acknowledged, RECORDS_PER_APPEND, TOPICS } from './log-child.ts';

const ROUNDS = 12;
const SCRIPT = new URL('./log-child.ts', import.meta.url);

/** A random time, up to that of a few appends. */
const aWhile = () => sleep(Math.random() * 60);

async function withLog(body: (log: EmbeddedLog, folder: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder('kill');
  const log = await openEmbeddedLog({ path: folder.path });
  await log.ensureTopics(TOPICS);
  await body(log, folder.path);
  await log.close();
}

test(`an acknowledged record survives kill -9 of its writer, ${ROUNDS} times`, async () => {
  await withLog(async (log, folder) => {
    const acknowledged: Acknowledged[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const child = startChild<Acknowledged>(SCRIPT, [folder, 'append']);
      await child.reported(2); // more than one of each round, however slow it is
      await aWhile();
      await child.kill();
      acknowledged.push(...child.reports);
      await log.append([record('input', 'parent', `${round}`)]); // the locks of the child are released
    }
    const stored = [...(await readAll(log, 'input')), ...(await readAll(log, 'output'))];

    const valueAt = new Map(
      stored.map((found) => [`${found.topic}/${found.partition}@${found.offset}`, textOf(found)]),
    );
    for (const { values, positions } of acknowledged) {
      expect(
        positions.map(({ topic, partition, offset }) => valueAt.get(`${topic}/${partition}@${offset}`)),
      ).toEqual(values);
    }
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);

    for (const records of Map.groupBy(stored, ({ topic, partition }) => `${topic}/${partition}`).values()) {
      expect(records.map(({ offset }) => offset)).toEqual(records.map((_, i) => i));
    }
    const byCaller = Map.groupBy(
      stored.filter(({ key }) => key !== 'parent'),
      ({ key }) => key,
    );
    for (const records of byCaller.values()) assertWholeAppendsInOrder(records.map(textOf));
    expect((await readAll(log, 'input')).filter(({ key }) => key === 'parent').map(textOf)).toEqual(
      Array.from({ length: ROUNDS }, (_, round) => `${round}`),
    );
  });
});

/** Values are `…-APPEND-INDEX`; the records of one append are in several topics, so they are sorted first. */
function assertWholeAppendsInOrder(values: readonly string[]): void {
  const numbers = values.map(
    (value) => value.split('-').slice(-2).map(Number) as [append: number, index: number],
  );
  const inOrder = numbers
    .map(([append, index]) => append * RECORDS_PER_APPEND + index)
    .toSorted((a, b) => a - b);
  expect(inOrder).toEqual(inOrder.map((_, i) => i));
  expect(inOrder.length % RECORDS_PER_APPEND).toBe(0);
}

test(`consume, process, produce: no output lost or doubled by ${ROUNDS} kills`, async () => {
  await withLog(async (log, folder) => {
    const inputs = Array.from({ length: 4_000 }, (_, i) => record('input', `key-${i % 17}`, `${i}`));
    await log.append(inputs);
    const produced = async () =>
      (await log.endOffsets(['output'])).reduce((sum, { offset }) => sum + offset, 0);
    let kills = 0;
    while ((await produced()) < inputs.length) {
      const child = startChild(SCRIPT, [folder, 'copy', String(2 * (inputs.length / ROUNDS))]);
      await child.reported(1);
      const enough = Math.min(inputs.length, ((kills + 1) * inputs.length) / ROUNDS);
      while ((await produced()) < enough) await sleep(Math.random() * 10);
      await child.kill();
      kills += 1;
    }
    expect(kills).toBeGreaterThanOrEqual(ROUNDS / 2);

    const outputs = Map.groupBy(await readAll(log, 'output'), ({ key }) => key);
    for (const [key, records] of Map.groupBy(inputs, ({ key }) => key)) {
      expect(outputs.get(key)?.map(textOf)).toEqual(records.map(textOf));
    }
    expect(await produced()).toBe(inputs.length);
    expect(await log.committed('copier', ['input'])).toEqual(await log.endOffsets(['input']));
  });
});
