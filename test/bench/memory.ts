// Whether the memory of `up` grows under load, beside a long log.
//
//   node test/bench/memory.ts [--events 1000000] [--rate 200] [--seconds 600] [--home FOLDER] [--heap]
//
// In a home with a trained model and so many predictions of it, `up` is started and asked at a fixed rate; each second
// prediction has an outcome later. Memory is that of its main process, by what Linux says of it: RSS, and of that what is
// its own (anonymous) and not pages of the log's file, which LMDB maps and the system takes back when it needs them. The slope is
// that of a line through the samples of the second half. With a folder the home is kept, and used again. With --heap it writes
// a heap snapshot at the end into that folder. A table goes to stderr, JSON to stdout. Linux.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Paper } from '../../tasks/arxiv/paper.ts';
import { answer } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { papersFrom, predictions } from './facts.ts';
import { appendTo } from './home.ts';
import { family, memory } from './processes.ts';

const CLI = join(import.meta.dirname, '../../cli/epochlog.js');
const READY = /epochlog is up at (\S+) /;
const SAMPLE_MS = 1_000;
const CONNECTIONS = 64;
const SETTLE_MS = 5_000;

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '600' },
    home: { type: 'string' },
    heap: { type: 'boolean', default: false },
  },
});

interface Sample {
  seconds: number;
  rssMiB: number;
  ownMiB: number;
  /** RSS of all processes of `up` together */
  allMiB: number;
  /** of JavaScript: in use, and reserved; and of buffers */
  heapMiB: number;
  heapTotalMiB: number;
  buffersMiB: number;
}

/** A model that is in production, and predictions of it in the log. */
async function prepare(home: string, papers: readonly Paper[]): Promise<void> {
  if (existsSync(join(home, 'log'))) return;
  await answer(home, ['lifecycle', '--cut', '2025-07-01']);
  await appendTo(home, Number(values.events), predictions(papers));
}

async function up(home: string): Promise<{ child: ChildProcess; url: string; seconds: number }> {
  const started = performance.now();
  const snapshots = values.heap ? ['--heapsnapshot-signal=SIGUSR2'] : [];
  const child = spawn(process.execPath, [...snapshots, CLI, 'up'], {
    cwd: home,
    env: { ...process.env, EPOCHLOG_HOME: home, EPOCHLOG_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve) => {
    let output = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      const [, found] = READY.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  return { child, url, seconds: (performance.now() - started) / 1_000 };
}

async function sampleOf(pid: number, url: string, begin: number): Promise<Sample> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1]) / 2 ** 20;
  const seconds = (performance.now() - begin) / 1_000;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1_024;
  const all = family(pid).reduce((sum, one) => sum + memory(one, 'Rss'), 0) / 1_024;
  return {
    seconds,
    rssMiB: mib('VmRSS'),
    ownMiB: mib('RssAnon'),
    allMiB: all,
    heapMiB: metric('nodejs_heap_size_used_bytes'),
    heapTotalMiB: metric('nodejs_heap_size_total_bytes'),
    buffersMiB: metric('nodejs_external_memory_bytes'),
  };
}

function post(agent: Agent, url: string, body: object): Promise<number> {
  const bytes = Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.on('error', reject);
    sent.end(bytes);
  });
}

/** Asks at a fixed rate, and tells what became of each second prediction. Returns how many requests ended with each status. */
async function load(
  url: string,
  papers: readonly Paper[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const ended = new Map<string, number>();
  const count = async (answered: Promise<number>) => {
    const status = await answered.then(String, (error: Error) => error.message);
    ended.set(status, (ended.get(status) ?? 0) + 1);
  };
  const prefix = `bench-${process.pid}`;
  const one = async (number: number) => {
    const { title, abstract, primaryCategory: label } = papers[number % papers.length]!;
    const requestId = `${prefix}-${number}`;
    await count(post(agent, `${url}/v1/predict`, { requestId, instance: { title, abstract } }));
    if (number % 2 === 0)
      await count(post(agent, `${url}/v1/outcomes`, { outcomes: [{ requestId, label }] }));
  };
  const begin = performance.now();
  const running = new Set<Promise<void>>();
  for (let number = 0; !signal.aborted; number++) {
    const wait = begin + (number * 1_000) / Number(values.rate) - performance.now();
    if (wait > 0) await sleep(wait);
    const asked: Promise<void> = one(number).finally(() => running.delete(asked));
    running.add(asked);
  }
  await Promise.all(running);
  agent.destroy();
  return ended;
}

/** Of the line through the samples (least squares), MiB a minute. */
function slope(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const [x, y] = [mean(samples.map(({ seconds }) => seconds)), mean(samples.map(of))];
  const covariance = mean(samples.map((sample) => (sample.seconds - x) * (of(sample) - y)));
  return (60 * covariance) / mean(samples.map(({ seconds }) => (seconds - x) ** 2));
}

await using folder = values.home === undefined ? await temporaryFolder('memory') : undefined;
const home = values.home ?? folder!.path;
const papers = await papersFrom(undefined);
await prepare(home, papers);
const { child, url, seconds: ready } = await up(home);
await sleep(SETTLE_MS);

const stop = new AbortController();
const begin = performance.now();
const samples: Sample[] = [];
const loaded = load(url, papers, stop.signal);
while (performance.now() - begin < Number(values.seconds) * 1_000) {
  samples.push(await sampleOf(child.pid!, url, begin));
  if (samples.length % 10 === 1) console.error(samples.at(-1));
  await sleep(SAMPLE_MS);
}
stop.abort();
const ended = await loaded;
if (values.heap) {
  child.kill('SIGUSR2');
  await fetch(`${url}/metrics`); // answers when the snapshot is written
}
child.kill('SIGTERM');
await once(child, 'exit');

const half = samples.slice(samples.length >> 1);
const peak = (of: (sample: Sample) => number) => Math.round(Math.max(...samples.map(of)));
const result = {
  events: Number(values.events),
  readySeconds: ready,
  ended: Object.fromEntries(ended),
  first: samples[0],
  last: samples.at(-1),
  peakMiB: {
    rss: peak(({ rssMiB }) => rssMiB),
    own: peak(({ ownMiB }) => ownMiB),
    all: peak(({ allMiB }) => allMiB),
  },
  slopeMiBPerMinute: { rss: slope(half, ({ rssMiB }) => rssMiB), own: slope(half, ({ ownMiB }) => ownMiB) },
};
console.error(result);
console.log(JSON.stringify(result, null, 2));
