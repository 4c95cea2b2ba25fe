import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../cli/store.ts';
import { readConfig } from '../../infra/config/config.ts';
import { putBundle } from '../../kernel/bundle.ts';
import type { Store } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { epochlog, printed } from '../../test/harness/command.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/folder.ts';
import { type PreparedCluster, preparedCluster } from '../../test/harness/prepared.ts';
import { type ServiceProcess, startService } from '../../test/harness/service-process.ts';
import { toyPackage } from '../../test/harness/toy-package.ts';

/** What a predictor process has answered is in the log exactly once, whatever happens to it and to the broker. */

const CALLERS = 8;

let prepared: PreparedCluster;
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder('predictor-kills');
  prepared = await preparedCluster({ brokers: 1 });
  await promote(prepared.environment);
});
afterAll(async () => {
  await prepared?.[Symbol.asyncDispose]();
  await folder?.remove();
});

type Environment = Readonly<Record<string, string>>;

const promote = (environment: Environment) =>
  withStore(environment, async (store) => {
    const digest = await putBundle(store.artifacts, await toyPackage(1));
    const promoted = {
      ...{ model: 'toy', version: 'v1.0.0', previous: null, package: digest, runId: 'r', datasetId: 'd' },
      ...{ evaluationId: 'e', reason: 'better', requestedBy: 'test', policyVersion: 0 },
    };
    await appendFact(store, newEvent('VersionPromoted', promoted));
  });

async function withStore<T>(environment: Environment, use: (store: Store) => Promise<T>): Promise<T> {
  await using store = await opened(readConfig({ home: folder.path }, environment));
  return await use(store);
}

async function opened(config: Parameters<typeof openStore>[0]) {
  const store = await openStore(config, 'test');
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}

const startPredictor = () => startService('predictor', folder.path, prepared.environment);

/** The ids of all predictions in the log. */
const inLog = (environment: Environment = prepared.environment) =>
  withStore(environment, async ({ events }) =>
    (await Array.fromAsync(events.scan(['PredictionServed']))).map(({ data }) => data.requestId),
  );

/** Asks with several callers, each on a connection of its own, until the predictor does not answer any more. */
function load({ url }: Pick<ServiceProcess, 'url'>) {
  const answered: string[] = [];
  const failures: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  const caller = async () => {
    for (;;) {
      const outcome = await ask(agent, url);
      if (outcome.requestId !== undefined) answered.push(outcome.requestId);
      else failures.push(outcome.error ?? '');
      if (outcome.status === undefined || outcome.isLast) return;
    }
  };
  const done = Promise.all(Array.from({ length: CALLERS }, caller)).finally(() => agent.destroy());
  const has = (count: number) => eventually(async () => answered.length >= count || undefined);
  return { answered, failures, has, done };
}

/** A status, unless the connection failed; the id of what was answered, or why it was not. */
interface Asked {
  status?: number | undefined;
  requestId?: string;
  /** whether the server closes the connection */
  isLast?: boolean;
  error?: string;
}

function ask(agent: Agent, url: string): Promise<Asked> {
  const { promise, resolve } = Promise.withResolvers<Asked>();
  const body = JSON.stringify({ instance: { title: 'wing and nest', abstract: 'the feather' } });
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const sent = request(`${url}/v1/predict`, { method: 'POST', agent, headers }, (response) => {
    let text = '';
    response.on('data', (chunk) => {
      text += chunk;
    });
    response.on('error', (error) => resolve({ error: error.message }));
    response.on('end', () =>
      resolve(
        response.statusCode === 200
          ? {
              status: 200,
              requestId: JSON.parse(text).predictions[0].requestId,
              isLast: response.headers.connection === 'close',
            }
          : { status: response.statusCode, error: text },
      ),
    );
  });
  sent.on('error', (error) => resolve({ error: error.message }));
  sent.end(body);
  return promise;
}

const stillToLog = (answered: readonly string[]) =>
  eventually(async () => {
    const logged = new Set(await inLog());
    return answered.every((id) => logged.has(id)) || undefined;
  });

test('kill -9 while the broker is unreachable loses no answered prediction, and doubles none', async ({
  annotate,
}) => {
  const killed = await startPredictor();
  const before = load(killed);
  await before.has(100);
  await prepared.cluster.stopBroker(0);
  const reached = before.answered.length;
  await before.has(reached + 300);
  killed.child.kill('SIGKILL');
  await before.done;
  await once(killed.child, 'exit').catch(() => {});
  await annotate(`answered without a broker: ${before.answered.length - reached}`);
  expect(before.failures.filter((failure) => failure.startsWith('{'))).toEqual([]);

  await prepared.cluster.startBroker(0);
  await using next = await startPredictor();
  const after = load(next);
  await after.has(100);
  await stillToLog(before.answered);
  await next.stop();
  await after.done;
  const logged = await inLog();
  expect(new Set(logged).size).toBe(logged.length);
  expect(logged).toEqual(expect.arrayContaining([...before.answered, ...after.answered]));
});

test('SIGTERM under load: what is answered is in the log, and no request is cut off', async () => {
  const stopped = await startPredictor();
  const { answered, failures, has, done } = load(stopped);
  await has(200);
  expect(await stopped.stop()).toBe(0);
  await done;
  const logged = await inLog();
  expect(logged).toEqual(expect.arrayContaining(answered));
  expect(new Set(logged).size).toBe(logged.length);
  expect(failures).toEqual([]);
});

test('kill -9 of `up` loses no answered prediction: its log is its spool', async () => {
  await promote({});
  const killed = epochlog(folder.path, ['up', '--json'], { EPOCHLOG_PORT: '0' });
  const exit = once(killed, 'exit');
  const { url } = JSON.parse((await printed(killed, /\n/)).split('\n')[0]!);
  const { answered, has, done } = load({ url });
  await has(200);
  killed.kill('SIGKILL');
  await Promise.all([done, exit]);
  const logged = await inLog({});
  expect(new Set(logged).size).toBe(logged.length);
  expect(logged).toEqual(expect.arrayContaining(answered));
});
