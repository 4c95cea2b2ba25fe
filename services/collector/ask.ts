import { hash } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { SourceFault } from '../../tasks/source.ts';

/** An answer of a remote source is held as a whole; what is larger is none. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_WAIT_MS = 5 * 60_000;

/** A source's answer, or why there is none. */
type Answer =
  | { readonly body: Uint8Array; readonly status: number; readonly fault?: undefined }
  | { readonly fault: Fault };

/** `retryAfterMs`: how long the source asks to wait. */
interface Fault extends SourceFault {
  readonly retryAfterMs?: number;
}

/** Asks once. Answers of 429 and 5xx are faults; others may hold a page, or say why not. */
export async function ask(url: string, timeoutMs: number, now: number, signal: AbortSignal): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      headers: {
        'user-agent': 'epochlog',
        accept: 'application/xml, application/atom+xml, application/json',
      },
      signal: AbortSignal.any([timeout, signal]),
    });
    const { status } = response;
    if (status === 429 || status >= 500) {
      await response.body?.cancel();
      const retryAfterMs = waitIn(response.headers.get('retry-after'), now);
      return {
        fault: {
          reason: `it answered ${status}`,
          isRetriable: true,
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        },
      };
    }
    const body = await bounded(response);
    if (body) return { body, status };
    return {
      fault: { reason: `its answer is larger than ${MAX_BYTES / 1024 / 1024} MB`, isRetriable: false },
    };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted)
      return { fault: { reason: `no answer in ${timeoutMs / 1_000} s`, isRetriable: true } };
    const { code, message } = ((error as Error).cause ?? error) as { code?: string; message: string };
    return { fault: { reason: `it cannot be reached (${code ?? message})`, isRetriable: true } };
  }
}

async function bounded({ body }: Response): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Milliseconds in a Retry-After, which is a number of seconds or a date (RFC 9110, 10.2.3). */
function waitIn(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/**
 * Milliseconds before another attempt, after so many: twice as long each time, within ±25 % by a seed, so that callers
 * who failed together do not come back together; at least what the source asks for.
 */
export function waitBefore(attempt: number, pauseMs: number, seed: string, retryAfterMs = 0): number {
  const jitter = 0.75 + (hash('sha256', `${seed}/${attempt}`, 'buffer').readUInt32BE() / 2 ** 32) * 0.5;
  return Math.max(retryAfterMs, Math.min(MAX_WAIT_MS, pauseMs * 2 ** attempt) * jitter);
}

/** Lets requests pass at a distance of at least `pauseMs`, of all callers together. */
export class Pace {
  readonly #clock: Clock;
  readonly #pauseMs: number;
  #next = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, pauseMs: number) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
  }

  async pass(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#pauseMs;
    if (at > now) await this.#clock.sleep(at - now, signal);
  }
}
