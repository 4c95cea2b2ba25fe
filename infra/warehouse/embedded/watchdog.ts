import { Agent, get } from 'node:http';

/** The interval of pings, and the number of consecutive misses that is tolerated. */
export interface Watching {
  everyMs: number;
  misses: number;
}

/**
 * Pings a socket periodically (`/ping` runs a query) and calls `onSilent` after too many consecutive misses. It counts
 * misses, not time, so that a suspended machine has missed none. Returns a function that stops it.
 */
export function watch(socketPath: string, { everyMs, misses }: Watching, onSilent: () => void): () => void {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let missed = 0;
  let isAnswered = true;
  let isPending = false;
  const settle = (answered: boolean) => {
    isAnswered = answered;
    isPending = false;
  };
  const ask = () => {
    isPending = true;
    isAnswered = false;
    const request = get({ agent, socketPath, path: '/ping' }, (response) =>
      response.resume().once('end', () => settle(true)),
    );
    request.on('socket', (socket) => socket.unref()); // the process may end meanwhile
    request.on('error', () => settle(false));
  };
  const end = () => {
    clearInterval(timer);
    agent.destroy();
  };
  const timer = setInterval(() => {
    missed = isAnswered ? 0 : missed + 1;
    if (missed < misses) return isPending ? undefined : ask();
    end();
    onSilent();
  }, everyMs).unref();
  return end;
}
