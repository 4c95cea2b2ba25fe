/**
 * Load on a running server at a fixed rate, and a count of what is missing afterwards:
 *
 *     node test/bench/predict.ts --url http://127.0.0.1:8800 --papers FILE [--rate 500] [--seconds 30] [--home DIR]
 *
 * The loop is open: a request is sent when its time has come, whether or not those before were answered, and its
 * latency counts from that time. So a server that stalls is charged for all who would have waited ("coordinated
 * omission", Gil Tene). With the home of the server, every answer is looked up in ClickHouse.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { withSession } from '../../cli/session.ts';
import { readConfig } from '../../infra/config/config.ts';
import { readLines } from '../../ml/records/lines.ts';
import { parsePaper } from '../../tasks/arxiv/paper.ts';
import type { Document } from '../harness/documents.ts';

const CONNECTIONS = 256;
const WARM_UP_SECONDS = 2;

interface Load {
  url: string;
  papers: readonly Document[];
  rate: number;
  seconds: number;
  /** request ids are `<prefix>-<number>` */
  prefix: string;
}

interface Outcome {
  /** from the time at which the request was due to its answer, ascending, of the requests that were answered */
  latenciesMs: Float64Array;
  /** how many requests ended otherwise, by status or error */
  failures: Map<string, number>;
  /** how late requests were sent at most: a generator that cannot keep up measures itself */
  latestStartMs: number;
}

async function readDocuments(path: string): Promise<Document[]> {
  const documents: Document[] = [];
  for await (const line of readLines({ name: path, bytes: await readFile(path) })) {
    const { paper } = parsePaper(line);
    if (paper) documents.push({ title: paper.title, abstract: paper.abstract });
  }
  return documents;
}

/** Resolves with the status, once the whole answer has come. */
function post(agent: Agent, url: URL, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.on('error', reject);
      answer.on('end', () => resolve(answer.statusCode ?? 0));
      answer.resume();
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function run({ url, papers, rate, seconds, prefix }: Load): Promise<Outcome> {
  const target = new URL('/v1/predict', url);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const latencies: number[] = [];
  const failures = new Map<string, number>();
  let latestStartMs = 0;
  const begin = performance.now();

  const ask = async (number: number, due: number): Promise<void> => {
    const body = JSON.stringify({
      requestId: `${prefix}-${number}`,
      instance: papers[number % papers.length],
    });
    let end: string;
    try {
      end = String(await post(agent, target, body));
    } catch (error) {
      end = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
    if (end === '200') latencies.push(performance.now() - due);
    else failures.set(end, (failures.get(end) ?? 0) + 1);
  };

  const total = Math.round(rate * seconds);
  const asked: Promise<void>[] = [];
  while (asked.length < total) {
    const due = begin + (asked.length * 1_000) / rate;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    latestStartMs = Math.max(latestStartMs, performance.now() - due);
    asked.push(ask(asked.length, due));
  }
  await Promise.all(asked);
  agent.destroy();
  return { latenciesMs: Float64Array.from(latencies).sort(), failures, latestStartMs };
}

const quantile = (ascending: Float64Array, share: number): number =>
  ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;

/** Of the predictions with this prefix, once everything has been projected: how many there are, and how many twice. */
function countProjected(home: string, prefix: string): Promise<{ distinct: number; rows: number }> {
  return withSession(readConfig({ home }), async ({ quiet, warehouse }) => {
    await quiet();
    const [count] = await warehouse.query<{ distinct: number; rows: number }>(
      'SELECT uniqExact(request_id) AS distinct, count() AS rows FROM predictions WHERE startsWith(request_id, {prefix:String})',
      { prefix },
    );
    return count ?? { distinct: 0, rows: 0 };
  });
}

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    papers: { type: 'string' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '30' },
    home: { type: 'string' },
  },
});
if (!options.url || !options.papers) {
  throw new Error('usage: predict.ts --url URL --papers FILE [--rate N] [--seconds N] [--home DIR]');
}
const prefix = `bench-${randomUUID()}`;
const load = {
  url: options.url,
  papers: await readDocuments(options.papers),
  rate: Number(options.rate),
  seconds: Number(options.seconds),
  prefix,
};
await run({ ...load, seconds: WARM_UP_SECONDS, prefix: `warm-up-${prefix}` });
const { latenciesMs, failures, latestStartMs } = await run(load);
const ms = (value: number) => `${value.toFixed(2)} ms`;
console.log(`${load.rate} requests a second for ${load.seconds} s: ${latenciesMs.length} answered`);
for (const share of [0.5, 0.95, 0.99, 1]) {
  console.log(`  ${share === 1 ? 'max' : `p${share * 100}`}  ${ms(quantile(latenciesMs, share))}`);
}
console.log(`  sent at most ${ms(latestStartMs)} late`);
for (const [end, count] of failures) console.log(`  ${count} ended with ${end}`);
let missing = 0;
if (options.home) {
  const { distinct, rows } = await countProjected(options.home, `${prefix}-`);
  missing = latenciesMs.length - distinct;
  console.log(`  in ClickHouse: ${distinct}, missing: ${missing}, twice: ${rows - distinct}`);
}
if (failures.size > 0 || missing !== 0) process.exitCode = 1;
