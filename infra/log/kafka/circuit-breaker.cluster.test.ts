import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.ts';
import { openKafkaLog } from './log.ts';

/** A server that accepts connections, and answers only when the test calls `answer`. */
async function listen() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.resume())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  return {
    address: `127.0.0.1:${port}`,
    open,
    get connections() {
      return sockets.length;
    },
    answer: () => sockets.at(-1)!.write('.'),
    [Symbol.dispose]: () => server.close(),
  };
}

/** Resolves when a socket is closed; a timeout closes it, as in kafkajs. */
const closed = (socket: Socket) =>
  new Promise((resolve) => socket.on('timeout', () => socket.destroy()).on('close', resolve));

test('an unanswered request opens the circuit: all sockets to that broker are closed, and new ones refused until it answers', async () => {
  using broker = await listen();
  using other = await listen();
  const breaker = new CircuitBreaker();
  const [waiting, idle, elsewhere] = [await broker.open(), await broker.open(), await other.open()];
  breaker.watch(broker.address, waiting, () => true);
  breaker.watch(broker.address, idle, () => false);
  breaker.watch(other.address, elsewhere, () => false);
  expect(breaker.refuses(broker.address)).toBe(false);
  await Promise.all([closed(waiting), closed(idle)]);
  expect(breaker.refuses(broker.address)).toBe(true);
  expect(breaker.refuses(other.address)).toBe(false);
  expect(elsewhere.destroyed).toBe(false);
  elsewhere.destroy();

  while (breaker.refuses(broker.address)) await new Promise(setImmediate);
  expect(breaker.refuses(broker.address)).toBe(true); // half-open: one connection is let through, no second
  const trying = await broker.open();
  breaker.watch(broker.address, trying, () => true);
  broker.answer();
  await once(trying, 'data');
  expect(breaker.refuses(broker.address)).toBe(false);
  trying.destroy();
});

test('an idle connection that times out does not open the circuit', async () => {
  using broker = await listen();
  const breaker = new CircuitBreaker();
  const idle = await broker.open();
  breaker.watch(broker.address, idle, () => false);
  await closed(idle);
  expect(breaker.refuses(broker.address)).toBe(false);
});

test('nor does a slow answer, while the broker answers other connections', async () => {
  using broker = await listen();
  const breaker = new CircuitBreaker();
  const slow = await broker.open();
  const quick = await broker.open();
  breaker.watch(broker.address, slow, () => true);
  breaker.watch(broker.address, quick, () => true);
  const answering = setInterval(broker.answer, 100);
  await closed(slow);
  clearInterval(answering);
  expect(breaker.refuses(broker.address)).toBe(false);
  expect(quick.destroyed).toBe(false);
  quick.destroy();
});

test('several logs of a process share the circuit breaker: they do not each retry a broker that does not answer', async () => {
  using broker = await listen();
  const open = () => openKafkaLog({ brokers: [broker.address], failFast: true });
  for (const opening of await Promise.allSettled([open(), open(), open(), open()])) {
    expect(opening).toMatchObject({ status: 'rejected', reason: { code: 'LOG_UNAVAILABLE' } });
  }
  expect(broker.connections).toBeLessThan(4 * 3);
});
