import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readAll } from '../../test/contract/event-log-kit.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { failing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { inNewerSchema } from '../../test/harness/newer-schema.ts';
import { type OrderServices, startInVirtualTime } from '../../test/harness/orders.ts';
import { EpochlogError } from '../errors.ts';
import { ORDER_SCHEMAS, order, shipped } from '../testing/orders.ts';
import { type Service, warehouse } from '../testing/warehouse.ts';

const DEAD_LETTERS = 'epochlog.orders.dlq';
const WHY = { reason: 'fixed', requestedBy: 'grace' };

/** A warehouse that fails for orders with some notes until it is fixed. */
function breakable() {
  const broken = new Set(['bad', 'worse']);
  const service = warehouse(({ subject, data: { note } }) => {
    if (broken.has(note)) throw new EpochlogError('ARTIFACT_MISSING', `no ${note} yet`);
    return [shipped(subject, 1)];
  });
  return { service, fix: () => broken.clear() };
}

const states = async ({ deadLetters }: OrderServices) =>
  (await deadLetters.list({ all: true })).map(({ id, state, next }) => [id, state, next]);

const codeOf = (failing: Promise<unknown>) =>
  failing.then(
    () => 'no error',
    (error: unknown) => (error instanceof EpochlogError ? error.code : String(error)),
  );

describe('dead letters', () => {
  test('are listed oldest first, by stream, service and code, and shown with event and attempts', async () => {
    const { service } = breakable();
    await using services = await startInVirtualTime([service]);
    const [bad] = await services.publish(order('a', 'bad'), order('b'), order('c', 'worse'));
    const { deadLetters } = services;
    const listed = await deadLetters.list();
    expect(listed).toMatchObject([
      {
        id: 'orders/0@0',
        state: 'open',
        service: 'warehouse',
        step: 'react',
        code: 'ARTIFACT_MISSING',
        message: 'no bad yet',
        attempt: 1,
        eventId: bad?.id,
        type: 'OrderPlaced',
        subject: 'a',
        original: { topic: 'epochlog.orders', partition: 0, offset: 0 },
        copies: 1,
        decision: null,
        next: null,
      },
      { id: 'orders/0@1', subject: 'c' },
    ]);
    for (const filter of [{ stream: 'payments' }, { service: 'bank' }, { code: 'NOT_FOUND' }])
      expect(await deadLetters.list(filter)).toEqual([]);
    const all = { stream: 'orders', service: 'warehouse', code: 'ARTIFACT_MISSING' };
    expect(await deadLetters.list(all)).toEqual(listed);

    const [original] = await readAll(services.log, 'epochlog.orders');
    expect(await deadLetters.show('orders/0@0')).toEqual({
      deadLetter: listed[0],
      headers: original?.headers,
      data: expect.objectContaining({ orderId: 'a', note: 'bad' }),
      undecodable: null,
      identical: true,
      attempts: [listed[0]],
    });
  });

  test('are redriven, or fail again; each request event is appended atomically with its redrive record', async () => {
    const { service, fix } = breakable();
    await using services = await startInVirtualTime([service]);
    await services.publish(order('a', 'bad'), order('b', 'worse'));
    const { deadLetters, host } = services;
    expect((await deadLetters.redrive(['orders/0@0'], WHY)).map(({ id }) => id)).toEqual(['orders/0@0']);
    await host.settled();
    expect(await states(services)).toEqual([
      ['orders/0@0', 'failed', 'orders/0@3'],
      ['orders/0@1', 'open', null],
      ['orders/0@3', 'open', null],
    ]);
    fix();
    await deadLetters.redrive(['orders/0@3', 'orders/0@1', 'orders/0@3'], WHY);
    await host.settled();
    expect(await states(services)).toEqual([
      ['orders/0@0', 'failed', 'orders/0@3'],
      ['orders/0@1', 'redriven', null],
      ['orders/0@3', 'redriven', null],
    ]);
    expect(await deadLetters.list()).toEqual([]);
    expect((await services.all('OrderShipped')).map(({ subject }) => subject).sort()).toEqual(['a', 'b']);

    const events = await services.all('DeadLetterRedriveRequested');
    expect(events.map(({ subject, data }) => [subject, data.attempt])).toEqual([
      ['orders/0@0', 1],
      ['orders/0@3', 2],
      ['orders/0@1', 1],
    ]);
    const { attempts } = await deadLetters.show('orders/0@3');
    expect(attempts).toMatchObject([
      { id: 'orders/0@0', attempt: 1, decision: { what: 'redrive', ...WHY, eventId: events[0]?.id } },
      { id: 'orders/0@3', attempt: 2, decision: { what: 'redrive', ...WHY, eventId: events[1]?.id } },
    ]);
  });

  test('are redriving until their service commits; a second request appends nothing', async () => {
    await using folder = await temporaryFolder('dead-letters');
    const { path: home } = folder;
    const { service, fix } = breakable();
    {
      await using services = await startInVirtualTime([service], { home });
      await services.publish(order('a', 'bad'));
    }
    await using services = await startInVirtualTime([], { home });
    const { deadLetters, log } = services;
    for (let i = 0; i < 2; i++)
      expect(await deadLetters.redrive(['orders/0@0'], WHY)).toMatchObject([{ state: 'redriving' }]);
    expect(await readAll(log, DEAD_LETTERS)).toHaveLength(2);
    expect(await services.all('DeadLetterRedriveRequested')).toHaveLength(1);
    expect(await codeOf(deadLetters.discard(['orders/0@0'], WHY))).toBe('CONFLICT');
    fix();
    await using again = await startInVirtualTime([service], { home });
    await again.host.settled();
    expect(await states(again)).toEqual([['orders/0@0', 'redriven', null]]);
  });

  test('that are discarded stay closed', async () => {
    const { service } = breakable();
    await using services = await startInVirtualTime([service]);
    await services.publish(order('a', 'bad'), order('b', 'bad'));
    const { deadLetters } = services;
    const ids = ['orders/0@0', 'orders/0@1'];
    expect(await deadLetters.discard(ids, WHY)).toMatchObject(
      ids.map((id) => ({ id, state: 'discarded', decision: { what: 'discard', ...WHY } })),
    );
    expect(await deadLetters.list()).toEqual([]);
    for (const decide of [deadLetters.redrive, deadLetters.discard])
      expect(await codeOf(decide(['orders/0@0'], WHY))).toBe('CONFLICT');
    expect(await services.all('DeadLetterRedriveRequested')).toEqual([]);
  });

  test('are redriven or discarded all or none; an unknown id is an error', async () => {
    const { service } = breakable();
    await using services = await startInVirtualTime([service]);
    await services.publish(order('a', 'bad'));
    const { deadLetters } = services;
    const good = 'orders/0@0';
    for (const [id, code] of [
      ['orders/0@7', 'NOT_FOUND'],
      ['orders/3@0', 'NOT_FOUND'],
      ['nothing/0@0', 'INPUT_INVALID'],
      ['orders/0', 'INPUT_INVALID'],
      ['orders/0@-1', 'INPUT_INVALID'],
      ['', 'INPUT_INVALID'],
    ] as const) {
      expect([id, await codeOf(deadLetters.redrive([good, id], WHY))]).toEqual([id, code]);
      expect([id, await codeOf(deadLetters.discard([good, id], WHY))]).toEqual([id, code]);
      expect([id, await codeOf(deadLetters.show(id))]).toEqual([id, code]);
    }
    expect(await states(services)).toEqual([[good, 'open', null]]);
  });

  test('that two clients redrive at once are processed once', async () => {
    const { service, fix } = breakable();
    await using services = await startInVirtualTime([service]);
    await services.publish(order('a', 'bad'));
    fix();
    const { deadLetters } = services;
    await Promise.all([1, 2].map(() => deadLetters.redrive(['orders/0@0'], WHY)));
    await services.host.settled();
    expect(await states(services)).toEqual([['orders/0@0', 'redriven', null]]);
    expect(await services.all('OrderShipped')).toHaveLength(1);
  });

  test('whose event cannot be decoded are shown as bytes until its schema is registered', async () => {
    await using folder = await temporaryFolder('dead-letters');
    const { path: home } = folder;
    await using services = await startInVirtualTime([breakable().service], { home });
    const [event] = await services.publish(order('a'));
    const newer = await inNewerSchema(home, { codec: services.codec, schemas: ORDER_SCHEMAS, event: event! });
    await services.log.append([newer.record]);
    await services.host.settled();
    const bytes = Buffer.from(newer.record.value).toString('hex');
    expect(await services.deadLetters.show('orders/0@0')).toMatchObject({
      deadLetter: { step: 'decode', code: 'EVENT_UNDECODABLE' },
      data: null,
      undecodable: { message: expect.stringContaining('no schema with id'), bytes },
      identical: true,
    });
    await newer.register();
    expect(await services.deadLetters.show('orders/0@0')).toMatchObject({
      data: { orderId: 'a' },
      undecodable: null,
    });
  });

  test('of a service that runs everywhere count as one, however many processes failed', async () => {
    await using folder = await temporaryFolder('dead-letters');
    const { path: home } = folder;
    const process = (failures: number): Service => {
      const fail = failing(failures, new EpochlogError('PACKAGE_INVALID', 'broken'));
      const service = warehouse(() => {
        fail();
        return [];
      });
      return { ...service, runs: 'everywhere' };
    };
    await using first = await startInVirtualTime([process(1)], { home });
    await using second = await startInVirtualTime([process(2)], { home });
    /** Each process sees what the other appends a little later. */
    const become = (
      ...expected: readonly [id: string, state: string, next: string | null, copies: number][]
    ) =>
      eventually(async () => {
        const deadLetters = await second.deadLetters.list({ all: true });
        const told = deadLetters.map(({ id, state, next, copies }) => [id, state, next, copies]);
        return isDeepStrictEqual(told, expected) ? told : undefined;
      });
    await first.publish(order('a'));
    await become(['orders/0@0', 'open', null, 2]);
    await first.deadLetters.redrive(['orders/0@1'], WHY); // the copy
    await become(['orders/0@0', 'failed', 'orders/0@3', 2], ['orders/0@3', 'open', null, 1]);
    await first.deadLetters.redrive(['orders/0@3'], WHY);
    await become(['orders/0@0', 'failed', 'orders/0@3', 2], ['orders/0@3', 'redriving', null, 1]);
  });

  test('keep their decision when migration changes their positions', async () => {
    await using services = await startInVirtualTime([breakable().service]);
    await services.publish(order('a', 'bad'), order('b', 'bad'));
    const [a, b] = await readAll(services.log, DEAD_LETTERS);
    await services.deadLetters.discard(['orders/0@0'], WHY);
    const decisions = await readAll(services.log, 'epochlog.deadletters');

    await using elsewhere = await startInVirtualTime([]);
    await elsewhere.log.append([b!, a!, ...decisions]);
    expect(await states(elsewhere)).toEqual([
      ['orders/0@0', 'open', null],
      ['orders/0@1', 'discarded', null],
    ]);
  });

  test('of events with the same id are distinct', async () => {
    const { service } = breakable();
    await using services = await startInVirtualTime([service]);
    const [event] = await services.publish(order('a', 'bad'));
    await services.log.append([services.codec.encode(event!)]); // the same event twice
    await services.host.settled();
    await services.deadLetters.discard(['orders/0@1'], WHY);
    expect(await states(services)).toEqual([
      ['orders/0@0', 'open', null],
      ['orders/0@1', 'discarded', null],
    ]);
  });

  test('without dead-letter headers can be shown and discarded, not redriven', async () => {
    await using services = await startInVirtualTime([breakable().service]);
    const [event] = await services.publish(order('a'));
    const { value, headers } = services.codec.encode(event!);
    await services.log.append([
      { topic: DEAD_LETTERS, key: 'a', value, headers },
      { topic: DEAD_LETTERS, key: 'a', value, headers: { dlq_service: 'warehouse', dlq_offset: 'x' } },
      { topic: DEAD_LETTERS, key: 'a', value: Buffer.from('no event'), headers: { dlq_redrive: '0@0' } },
    ]);
    await services.host.settled();
    const { deadLetters } = services;
    expect(await states(services)).toEqual([
      ['orders/0@0', 'open', null],
      ['orders/0@1', 'open', null],
    ]);
    expect(await deadLetters.show('orders/0@0')).toMatchObject({
      deadLetter: { service: '', original: null },
      identical: null,
      data: { orderId: 'a' },
    });
    for (const id of ['orders/0@0', 'orders/0@1'])
      expect(await codeOf(deadLetters.redrive([id], WHY))).toBe('CONFLICT');
    expect(await codeOf(deadLetters.show('orders/0@2'))).toBe('NOT_FOUND');
    await deadLetters.discard(['orders/0@0', 'orders/0@1'], WHY);
    expect(await deadLetters.list()).toEqual([]);
  });

  test('with a wrong original position are not identical to it', async () => {
    const { service } = breakable();
    await using services = await startInVirtualTime([service]);
    await services.publish(order('a', 'bad'), order('b'));
    const [deadLetter] = await readAll(services.log, DEAD_LETTERS);
    const moved = (dlq_partition: string, dlq_offset: string) => ({
      ...deadLetter!,
      headers: { ...deadLetter!.headers, dlq_partition, dlq_offset },
    });
    await services.log.append([moved('0', '1'), moved('0', '99'), moved('7', '0')]);
    const identical = async (id: string) => (await services.deadLetters.show(id)).identical;
    expect(await Promise.all([1, 2, 3].map((offset) => identical(`orders/0@${offset}`)))).toEqual([
      false,
      null,
      null,
    ]);
  });
});
