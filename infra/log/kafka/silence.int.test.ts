import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { openKafkaLog } from './log.ts';
import { Silence } from './silence.ts';

/** Something that accepts connections, and says nothing until it is told to. */
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
    speak: () => sockets.at(-1)!.write('.'),
    [Symbol.dispose]: () => server.close(),
  };
}

/** Resolves when a connection is closed, if need be since nothing came, as kafkajs closes it then. */
const closed = (socket: Socket) =>
  new Promise((resolve) => socket.on('timeout', () => socket.destroy()).on('close', resolve));

test('one connection on which an answer is waited for in vain ends all to that broker, and keeps others from it', async () => {
  using broker = await listen();
  using other = await listen();
  const silence = new Silence();
  const [waiting, idle, elsewhere] = [await broker.open(), await broker.open(), await other.open()];
  silence.watch(broker.address, waiting, () => true);
  silence.watch(broker.address, idle, () => false);
  silence.watch(other.address, elsewhere, () => false);
  expect(silence.avoids(broker.address)).toBe(false);
  await Promise.all([closed(waiting), closed(idle)]);
  expect(silence.avoids(broker.address)).toBe(true);
  expect(silence.avoids(other.address)).toBe(false);
  expect(elsewhere.destroyed).toBe(false);
  elsewhere.destroy();

  while (silence.avoids(broker.address)) await new Promise(setImmediate);
  expect(silence.avoids(broker.address)).toBe(true); // one is let through, and no second beside it
  const trying = await broker.open();
  silence.watch(broker.address, trying, () => true);
  broker.speak();
  await once(trying, 'data');
  expect(silence.avoids(broker.address)).toBe(false);
  trying.destroy();
});

test('a connection on which nothing is waited for says nothing of its broker', async () => {
  using broker = await listen();
  const silence = new Silence();
  const idle = await broker.open();
  silence.watch(broker.address, idle, () => false);
  await closed(idle);
  expect(silence.avoids(broker.address)).toBe(false);
});

test('nor does one whose answer takes long, while the broker answers others', async () => {
  using broker = await listen();
  const silence = new Silence();
  const slow = await broker.open();
  const quick = await broker.open();
  silence.watch(broker.address, slow, () => true);
  silence.watch(broker.address, quick, () => true);
  const speaking = setInterval(broker.speak, 100);
  await closed(slow);
  clearInterval(speaking);
  expect(silence.avoids(broker.address)).toBe(false);
  expect(quick.destroyed).toBe(false);
  quick.destroy();
});

test('logs of one process, which kafkajs would have try six times each, leave a broker alone that one has found silent', async () => {
  using broker = await listen();
  const open = () => openKafkaLog({ brokers: [broker.address], atOnce: true });
  for (const opening of await Promise.allSettled([open(), open(), open(), open()])) {
    expect(opening).toMatchObject({ status: 'rejected', reason: { code: 'LOG_UNAVAILABLE' } });
  }
  expect(broker.connections).toBeLessThan(4 * 3);
});
