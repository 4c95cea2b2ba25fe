import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { answer, ctrlC, epochlog, finished, printed, writeCorpus } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';
import { type OtlpReceiver, type ReceivedSpan, startReceiver } from '../harness/otlp-receiver.ts';

/** What commands trace when EPOCHLOG_OTLP names a collector. */

const PAPERS = 40;

let folder: TemporaryFolder;
let papers: string;
let receiver: OtlpReceiver;
beforeAll(async () => {
  folder = await temporaryFolder('traces');
  papers = join(folder.path, 'papers');
  await writeCorpus(papers, PAPERS);
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await folder.remove();
});

const home = (name: string) => join(folder.path, name);
const digits = (uuid: string) => uuid.replaceAll('-', '');
const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);
const spansOf = ({ correlationId }: { correlationId: string }) =>
  receiver.spans.filter(({ traceId }) => traceId === digits(correlationId));

/** Every span but one has its parent among them. */
function expectTree(spans: readonly ReceivedSpan[], root: string): void {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  expect(ids.size).toBe(spans.length);
  expect(spans.filter(({ parentSpanId }) => !ids.has(parentSpanId)).map(({ name }) => name)).toEqual([root]);
}

const requestIn = (name: string, type: string) =>
  answer<{ correlationId: string }>(home(name), ['events', '--type', type]);

describe('a command', () => {
  test('that starts its own services hands over all of their spans before it ends', async () => {
    await answer(home('own'), ['collect', papers], { EPOCHLOG_OTLP: receiver.url });
    const spans = spansOf(await requestIn('own', 'CollectionRequested'));
    expectTree(spans, 'cli CollectionRequested');
    expect(named(spans, 'curator RecordIngested')).toHaveLength(PAPERS);
    const linked = named(receiver.spans, 'projector batch').flatMap(({ links }) => links);
    expect(linked.length).toBeGreaterThan(0);
    expect(spans.map(({ spanId }) => spanId)).toEqual(
      expect.arrayContaining(linked.map((link) => link.spanId)),
    );
  });

  test('beside `epochlog up` begins the trace that the services go on with', async () => {
    const environment = { EPOCHLOG_OTLP: receiver.url };
    const up = epochlog(
      home('up'),
      ['up', '--json'],
      { ...environment, EPOCHLOG_PORT: '0' },
      { detached: true },
    );
    onTestFinished(() => void up.kill('SIGKILL'));
    const { url } = JSON.parse(await printed(up, /\n/));
    await answer(home('up'), ['collect', papers], environment);
    const post = (path: string, body: object) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await post('/v1/models', { file: 'model: none\ntask: account-health\nengine: trees\n' });
    const asked = await post('/v1/rollbacks', { model: 'none' });
    expect(asked.status).toBe(202);
    const rollback = (await asked.json()) as { correlationId: string };
    await eventually(async () =>
      spansOf(rollback).find(({ name }) => name === 'registrar RollbackRequested'),
    );
    const ended = finished(up);
    ctrlC(up);
    expect(await ended).toMatchObject({ code: 0, stderr: '' });

    const spans = spansOf(await requestIn('up', 'CollectionRequested'));
    expectTree(spans, 'cli CollectionRequested');
    const processes = Map.groupBy(spans, ({ resource }) => resource['service.instance.id']);
    const [first, ...others] = [...processes.values()].sort((a, b) => a.length - b.length);
    expect(first?.map(({ name }) => name)).toEqual(['cli CollectionRequested']);
    expect(others).toHaveLength(1);
    expectTree(spansOf(rollback), 'api RollbackRequested');
  });

  /** Names the packages of OpenTelemetry that a process loads, on its standard error. */
  const TELL = `import { registerHooks } from 'node:module';
    registerHooks({ load(url, context, next) {
      const [, name] = /node_modules\\/(@opentelemetry\\/[^/]+)/.exec(url) ?? [];
      if (name) process._rawDebug('loaded ' + name);
      return next(url, context);
    } });`;
  const collecting = async (name: string, variables: Record<string, string>) => {
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(TELL)}`;
    const command = epochlog(home(name), ['collect', papers], { NODE_OPTIONS, ...variables });
    const { code, stdout, stderr } = await finished(command);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining(`${PAPERS} records of arxiv collected`),
    });
    const lines = stderr.trim().split('\n');
    const [loaded, said] = [[...new Set(lines.filter(isLoaded))], lines.filter((line) => !isLoaded(line))];
    return { loaded, warnings: said.map((line) => JSON.parse(line)) };
  };
  const isLoaded = (line: string) => line.startsWith('loaded ');

  test('does its work when the collector is down, and says so', async () => {
    const gone = await startReceiver();
    await gone[Symbol.asyncDispose]();
    const variables = { EPOCHLOG_OTLP: gone.url, EPOCHLOG_LOG_LEVEL: 'warn' };
    const { loaded, warnings } = await collecting('down', variables);
    expect(warnings).toEqual([
      expect.objectContaining({ url: `${gone.url}/v1/traces`, msg: expect.stringContaining('ECONNREFUSED') }),
    ]);
    expect(loaded).toContain('loaded @opentelemetry/sdk-trace');
  });

  test('without EPOCHLOG_OTLP loads nothing of OpenTelemetry but its interface, which prom-client brings', async () => {
    const { loaded, warnings } = await collecting('without', {});
    expect({ loaded, warnings }).toEqual({ loaded: ['loaded @opentelemetry/api'], warnings: [] });
  });
});
