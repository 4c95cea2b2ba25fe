/**
 * The load generator of serving.ts, a process of its own: `node serving-load.ts JOB`, a `Job` as JSON. Prints a `Measured`. It writes
 * bytes to sockets, so that it takes little of the CPU that the servers are measured with.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Job {
  url: string;
  path: string;
  /** a file with a body in each line */
  bodies: string;
  seconds: number;
  /** who ask, wait for the answer, and ask again; or with a rate who are there to ask */
  callers: number;
  /** requests a second that are due whether or not others were answered; the latency counts from then */
  rate?: number;
}

export interface Measured {
  answered: number;
  failed: number;
  seconds: number;
  /** of the answered, ascending quantiles in milliseconds */
  p50: number;
  p99: number;
  max: number;
}

const WARM_UP_SECONDS = 2;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/** One connection with one request at a time. Only answers with a Content-Length are understood. */
class Caller {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #done: ((isOk: boolean) => void) | undefined;

  constructor(url: URL) {
    this.#socket = connect(Number(url.port), url.hostname);
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (bytes) => this.#take(bytes));
    for (const end of ['error', 'close'] as const) this.#socket.on(end, () => this.#done?.(false));
  }

  ask(request: Buffer): Promise<boolean> {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    if (this.#received.length < end + 4 + Number(CONTENT_LENGTH.exec(head)?.[1])) return;
    this.#received = Buffer.alloc(0);
    this.#done?.(head.startsWith('HTTP/1.1 200'));
  }
}

function requestsOf({ url, path, bodies }: Job): Buffer[] {
  const { host } = new URL(url);
  const lines = readFileSync(bodies, 'utf8').trimEnd().split('\n');
  return lines.map((body) => {
    const length = Buffer.byteLength(body);
    const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${length}`;
    return Buffer.from(`${head}\r\n\r\n${body}`);
  });
}

async function measure(job: Job, seconds: number): Promise<Measured> {
  const requests = requestsOf(job);
  const callers = Array.from({ length: job.callers }, () => new Caller(new URL(job.url)));
  const latencies: number[] = [];
  let [asked, failed] = [0, 0];
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  const ask = async (caller: Caller, due: number) => {
    const isOk = await caller.ask(requests[asked++ % requests.length]!);
    if (isOk) latencies.push(performance.now() - due);
    else failed += 1;
  };
  if (job.rate !== undefined) {
    const unasked = await askAtRate(job.rate, callers, begin, end, ask);
    failed += unasked;
  } else {
    const repeat = async (caller: Caller) => {
      while (performance.now() < end && failed === 0) await ask(caller, performance.now());
    };
    await Promise.all(callers.map(repeat));
  }
  for (const caller of callers) caller.close();
  const elapsed = (performance.now() - begin) / 1_000;
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  const quantiles = { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) };
  return { answered: latencies.length, failed, seconds: elapsed, ...quantiles };
}

/** Requests that find no free caller wait, and their latency counts from when they were due. Returns how many found none until the end. */
async function askAtRate(
  rate: number,
  callers: readonly Caller[],
  begin: number,
  end: number,
  ask: (caller: Caller, due: number) => Promise<void>,
): Promise<number> {
  const free = [...callers];
  const due: number[] = [];
  const underWay = new Set<Promise<void>>();
  const next = () => {
    while (free.length > 0 && due.length > 0) {
      const caller = free.pop()!;
      const asked = ask(caller, due.shift()!).then(() => {
        free.push(caller);
        underWay.delete(asked);
        next();
      });
      underWay.add(asked);
    }
  };
  for (let count = 0; ; count++) {
    const at = begin + (count * 1_000) / rate;
    if (at >= end) break;
    const wait = at - performance.now();
    if (wait > 0) await sleep(wait);
    due.push(at);
    next();
  }
  const unasked = due.splice(0).length; // no caller was free in time
  while (underWay.size > 0) await Promise.all(underWay);
  return unasked;
}

if (process.argv[1] === import.meta.filename) {
  const job: Job = JSON.parse(process.argv[2]!);
  await measure(job, WARM_UP_SECONDS);
  console.log(JSON.stringify(await measure(job, job.seconds)));
}
