import { describe, expect, test } from 'vitest';
import { failing } from '../../test/harness/faults.ts';
import { startInVirtualTime } from '../../test/harness/orders.ts';
import { EpochlogError } from '../errors.ts';
import { order, shipped } from '../testing/orders.ts';
import { recordService, type Service } from '../testing/warehouse.ts';

const TOPIC = 'epochlog.stocks';
const KILLED = new Error('kill -9');

/** Counts the records of a topic, by partition and up to an offset, and never decodes one. */
const counter = (beforeEach: () => void = () => {}) =>
  recordService({
    name: 'warehouse',
    stateFrom: ['OrderShipped'],
    start() {
      let counted = 0;
      return {
        evolve(event) {
          if (event.type === 'OrderShipped') counted = event.data.parcel;
        },
        records(batch) {
          const stocks = batch.filter(({ topic }) => topic === TOPIC);
          const last = stocks.at(-1);
          if (!last) return [];
          beforeEach();
          return [shipped(`${last.partition}@${last.offset}`, counted + stocks.length)];
        },
      };
    },
  });

const raw = (key: string) => ({ topic: TOPIC, key, value: Buffer.from('no event'), headers: {} });

describe('a service of raw records', () => {
  test('sees records that cannot be decoded, with their positions, and its facts are in the log', async () => {
    await using services = await startInVirtualTime([counter()]);
    await services.log.append([raw('a'), raw('b')]);
    await services.host.settled();
    await services.log.append([raw('c')]);
    await services.host.settled();
    const facts = await services.all('OrderShipped');
    expect(facts.at(-1)).toMatchObject({
      subject: '0@2',
      data: { parcel: 3 },
      causationId: null,
      source: 'warehouse',
    });
    expect(await services.deadLetters.list()).toEqual([]);
  });

  test('retries a retriable error', async () => {
    const fail = failing(2, new EpochlogError('OVERLOADED', 'busy'));
    await using services = await startInVirtualTime([counter(fail)]);
    await services.log.append([raw('a')]);
    await services.host.settled();
    expect(await services.all('OrderShipped')).toHaveLength(1);
  });

  test.each(['before', 'after'])('counts each record once when it crashes just %s a commit', async (when) => {
    const crash = failing(1, KILLED);
    let hasOutputs = false;
    const faults = {
      beforeCommit(_next: unknown, outputs: readonly unknown[]) {
        hasOutputs = outputs.length > 0;
        if (hasOutputs && when === 'before') crash();
      },
      afterCommit() {
        if (hasOutputs && when === 'after') crash();
      },
    };
    await using services = await startInVirtualTime([counter()], { faults, restarts: 1 });
    await services.log.append([raw('a'), raw('b')]);
    await services.host.settled();
    await services.log.append([raw('c')]);
    await services.host.settled();
    expect(services.host.status()).toMatchObject([{ lastError: KILLED.message }]);
    const facts = await services.all('OrderShipped');
    expect(facts.at(-1)?.data.parcel).toBe(3);
    expect(new Set(facts.map(({ id }) => id)).size).toBe(facts.length);
  });
});

test('what comes while a projector waits for more joins its batch', async () => {
  const written: number[] = [];
  let arrives: (() => Promise<unknown>) | undefined;
  const projector: Service = {
    name: 'projector',
    reactsTo: '*',
    effects: false,
    start: () => ({
      async batch() {
        let events = 0;
        return {
          add: () => void events++,
          skip() {},
          async waitForMore() {
            const arrival = arrives;
            arrives = undefined;
            await arrival?.();
            return arrival !== undefined;
          },
          write: async () => void (events > 0 && written.push(events)),
        };
      },
    }),
  };
  await using services = await startInVirtualTime([projector]);
  const [first] = await services.publish(order('first'));
  const record = services.codec.encode(first!);
  arrives = () => services.log.append([record, record]);
  await services.log.append([record]);
  await services.host.settled();
  expect(written).toEqual([1, 3]);
});
