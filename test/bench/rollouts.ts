// Deployments under load, as a user runs them: `up` on a home of its own, with packages that are good and bad.
//
//   node test/bench/rollouts.ts [--rate 300]
//
// A client asks all the time, a request when its time has come (an open loop), a fifth of them with long texts that one of the
// bad versions fails on. It reports the true label of every answer. A table goes to stderr, JSON to stdout. It takes two to
// five minutes, a phase a minute at most.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import type { EventType, LoggedEvent } from '../../schemas/catalogue.ts';
import { epochlog } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { fillWithVersions } from '../harness/rollouts.ts';
import { toyDataset } from '../harness/toy-dataset.ts';

const MODEL = 'toy';
const LONG_SHARE = 0.2;
const PHASE_TIMEOUT_MS = 60_000;
const POLICY = `
rollout: { strategy: canary, stages: [20, 50], dwell: 2s, minimumSamples: 200, minimumOutcomes: 100, reviewEvery: 1s, maximumP95Ms: 2000 }
`;

const { values } = parseArgs({ options: { rate: { type: 'string', default: '300' } } });
const rate = Number(values.rate);

const { validation: papers } = toyDataset(99, { train: 1, validation: 600 });
const longText = papers.slice(0, 60).map(({ abstract }) => abstract);

interface Answer {
  status: number;
  version?: string;
  at: number;
}

/** Asks at a rate until it is stopped. */
class Client {
  readonly answers: Answer[] = [];
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256 });
  readonly #asked = new Set<Promise<void>>();
  #outcomes: { requestId: string; label: string }[] = [];
  #isStopped = false;

  constructor(url: URL) {
    this.#url = url;
  }

  async run(): Promise<void> {
    const begin = performance.now();
    for (let number = 0; !this.#isStopped; number++) {
      const wait = begin + (number * 1_000) / rate - performance.now();
      if (wait > 0) await sleep(wait);
      const asked = this.#ask(number);
      this.#asked.add(asked);
      void asked.finally(() => this.#asked.delete(asked));
      if (number % 50 === 0) await this.#report();
    }
    await Promise.all(this.#asked);
    this.#agent.destroy();
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves with the status and the answer. */
  post(path: string, body: object): Promise<{ status: number; text: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const bytes = Buffer.from(JSON.stringify(body));
    const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
    const options = { method: 'POST', agent: this.#agent, headers };
    const sent = request(new URL(path, this.#url), options, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(bytes);
    return promise;
  }

  async #ask(number: number): Promise<void> {
    const paper = papers[number % papers.length]!;
    const isLong = (number * 7) % 100 < LONG_SHARE * 100;
    const abstract = isLong ? `${paper.abstract} ${longText.join(' ')}` : paper.abstract;
    const instance = { title: paper.title, abstract };
    const { status, text } = await this.post('/v1/predict', { model: MODEL, instance }).catch(() => ({
      status: 0,
      text: '',
    }));
    const at = performance.now();
    if (status !== 200) {
      this.answers.push({ status, at });
      return;
    }
    const [{ version, requestId }] = JSON.parse(text).predictions;
    this.answers.push({ status, version, at });
    if (!isLong) this.#outcomes.push({ requestId, label: paper.label });
  }

  async #report(): Promise<void> {
    const outcomes = this.#outcomes;
    this.#outcomes = [];
    if (outcomes.length > 0) await this.post('/v1/outcomes', { outcomes }).catch(() => {});
  }
}

interface Result {
  phase: string;
  /** from the request, or the first traffic of a bad version, to the end */
  seconds: number;
  end: string;
  requests: number;
  /** answers that were no prediction */
  failed: number;
}

await using home = await temporaryFolder('epochlog-rollouts-');
await fillWithVersions(home.path, POLICY);
const up = epochlog(home.path, ['up', '--json'], { EPOCHLOG_PORT: '0', EPOCHLOG_LOG_LEVEL: 'error' });
up.stderr?.resume();
const results: Result[] = [];
try {
  const lines = createInterface({ input: up.stdout! });
  const [line] = (await once(lines, 'line')) as [string];
  const client = new Client(new URL(JSON.parse(line).url));
  await using store = closing(await openStore(readConfig({ home: home.path }, {}), 'bench'));
  const { events } = store;
  const running = client.run();

  /** The events of some types after those that there were. */
  const seen = new Set<string>();
  const next = async (types: readonly EventType[], deadline: number): Promise<LoggedEvent> => {
    while (performance.now() < deadline) {
      for await (const event of events.scan(types)) if (!seen.has(event.id)) return event;
      await sleep(50);
    }
    throw new Error(`no ${types.join(' or ')} in time`);
  };
  const forget = async (types: readonly EventType[]) => {
    for await (const event of events.scan(types)) seen.add(event.id);
  };
  const WATCHED = [
    'VersionServing',
    'TrafficShifted',
    'DeploymentRolledBack',
    'DeploymentRefused',
    'GuardTripped',
  ] as const;

  const phase = async (
    name: string,
    path: string,
    body: object,
    ends: readonly EventType[],
    from?: EventType,
  ): Promise<LoggedEvent> => {
    await sleep(1_500);
    await forget(WATCHED);
    const before = client.answers.length;
    let began = performance.now();
    const deadline = began + PHASE_TIMEOUT_MS;
    const { status, text } = await client.post(path, { model: MODEL, requestedBy: 'bench', ...body });
    if (status !== 202) throw new Error(`${path}: ${text}`);
    if (from) {
      await next([from, ...ends], deadline);
      began = performance.now();
    }
    const end = await next(ends, deadline);
    const seconds = (performance.now() - began) / 1_000;
    await sleep(500);
    const answers = client.answers.slice(before);
    const failed = answers.filter((answer) => answer.status !== 200).length;
    const said = 'reason' in end.data ? String(end.data.reason).slice(0, 110) : end.type;
    const result = { phase: name, seconds, end: said, requests: answers.length, failed };
    results.push(result);
    console.error(
      `${name.padEnd(34)} ${seconds.toFixed(1).padStart(5)} s  ${answers.length} requests, ${failed} failed  ${said}`,
    );
    return end;
  };
  const deploy = (version: string, strategy: string) => ({ version, strategy });

  await sleep(3_000);
  await phase('blue-green', '/v1/deployments', deploy('v1.1.0', 'blue-green'), [
    'VersionServing',
    'DeploymentRolledBack',
  ]);
  await phase('rollback', '/v1/rollbacks', {}, ['VersionServing']);
  await phase('canary of a good version', '/v1/deployments', deploy('v1.1.0', 'canary'), [
    'VersionServing',
    'DeploymentRolledBack',
  ]);
  const bad = {
    'v1.2.0': 'fails',
    'v1.3.0': 'is slow',
    'v1.4.0': 'has skewed labels',
    'v1.5.0': 'is mistaken',
  };
  for (const [version, how] of Object.entries(bad)) {
    const ends = ['VersionServing', 'DeploymentRolledBack', 'DeploymentRefused'] as const;
    await phase(`canary that ${how}`, '/v1/deployments', deploy(version, 'canary'), ends, 'TrafficShifted');
  }
  const before = client.answers.length;
  await phase(
    'guard of production',
    '/v1/promotions',
    { version: 'v1.2.0', reason: 'bench' },
    ['GuardTripped'],
    'VersionServing',
  );
  await sleep(2_000);
  const answers = client.answers.slice(before);
  const first = answers.find(({ status }) => status !== 200);
  const last = answers.findLast(({ status }) => status !== 200);
  const guarded = first && last ? (last.at - first.at) / 1_000 : Number.NaN;
  console.error(`${'from the first failure to the last'.padEnd(34)} ${guarded.toFixed(1).padStart(5)} s`);
  client.stop();
  await running;
  console.log(JSON.stringify({ rate, results, guardedSeconds: guarded }));
} finally {
  up.kill('SIGTERM');
  await once(up, 'exit');
}

function closing<T extends { close(): Promise<void> }>(store: T): T & AsyncDisposable {
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}
