import { Agent, get } from 'node:http';

/** How a process is watched: it is asked that often, and may leave so many questions in a row unanswered. */
export interface Watching {
  everyMs: number;
  misses: number;
}

/**
 * Asks what listens on a socket whether it can run a query (`/ping`), again and again, and calls `onSilent` once it has
 * missed too many answers. Misses are counted, not time: a machine that slept has missed none. Returns what ends it.
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
    request.on('socket', (socket) => socket.unref()); // it keeps no process from ending
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
