import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTracker } from '../../../harness/tracker.ts';

type Tracker = Awaited<ReturnType<typeof startTracker>>;

/**
 * A control server: each GET is answered with the URL of a tracking server that has no runs, and stops the one before. The next is
 * started meanwhile.
 */
export async function freshServers() {
  let next = startTracker();
  let current: Tracker | undefined;
  const control = createServer(async (_request, response) => {
    const before = current;
    current = await next;
    next = startTracker();
    await before?.[Symbol.asyncDispose]();
    response.end(await current.listen());
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(control.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      control.close();
      await current?.[Symbol.asyncDispose]();
      await (await next)[Symbol.asyncDispose]();
    },
  };
}
