import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { addressOf, type Resolve } from './addresses.ts';

export interface Posting {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** whether it may lead to an address that is not of the Internet */
  readonly isPrivate: boolean;
  readonly resolve?: Resolve | undefined;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/**
 * Posts to the address that the name of a receiver has now; no redirect is followed, and of the answer only its head is
 * read. Rejects with the error of the connection, or the reason of the signal.
 */
export async function post({ url, body, headers, isPrivate, resolve, signal }: Posting): Promise<Answer> {
  const target = new URL(url);
  const { address, family } = await Promise.race([
    addressOf(target.hostname, { isPrivate, resolve }),
    aborted(signal),
  ]);
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    agent: false, // a connection of its own: none that was made to another address is used again
    lookup: (_name, { all }, done) => {
      if (all) done(null, [{ address, family }]);
      else done(null, address, family);
    },
    signal,
  };
  const sent = request(target, options);
  sent.on('error', () => {}); // after the head nothing is waited for
  const answered = once(sent, 'response', { signal });
  sent.end(body);
  const [response] = (await answered) as [IncomingMessage];
  response.destroy();
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
}

/** A name may take long to resolve, which cannot be aborted. */
async function aborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  await once(signal, 'abort');
  throw signal.reason;
}
