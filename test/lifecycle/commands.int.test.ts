import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { engineIn } from '../../infra/warehouse/embedded/access.ts';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import type { RebuiltTable } from '../../operations/rebuild/rebuild.ts';
import * as command from '../harness/command.ts';
import { ctrlC, epochlog, finished, printed, writeCorpus } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';

/** Every command of docs/cli.md, as a person types it: first each by itself, then beside `epochlog up`. */

/** An event, as `--json` prints it. */
interface Told {
  type: string;
  subject: string;
  time: number;
  correlationId: string;
  data: Record<string, unknown>;
}

interface History {
  production: Told | null;
  changes: Told[];
  served: Told[];
  chain: Told[];
}

const CUT = '2025-01-01';
const FEW = 20;

let folder: TemporaryFolder;
let home: string;
/** files of papers: all, and the first few */
let all: string;
let few: string;
/** how many papers came before the cut, and how many from it on */
let sizes: { before: number; after: number };

beforeAll(async () => {
  folder = await temporaryFolder('commands');
  [home, all, few] = [join(folder.path, 'home'), join(folder.path, 'all'), join(folder.path, 'few')];
  await writeCorpus(all, 500);
  const lines = (await readFile(all, 'utf8')).trim().split('\n');
  await writeFile(few, lines.slice(0, FEW).join('\n'));
  const before = lines.filter((line) => JSON.parse(line).published < CUT).length;
  sizes = { before, after: lines.length - before };
});
afterAll(() => folder.remove());

const text = (...args: string[]) => command.text(home, args);
const answer = <T = Told>(...args: string[]) => command.answer<T>(home, args);
const answers = <T = Told>(...args: string[]) => command.answers<T>(home, args);
const run = (...args: string[]) => command.run(home, args);
const codeOf = async (...args: string[]) => (await run(...args)).code;
/** In a process of its own, which must end by itself. */
const alone = async (...args: string[]) => {
  const { code, stdout, stderr } = await finished(epochlog(home, args));
  expect([args, code, stderr]).toEqual([args, 0, '']);
  return stdout;
};
const history = (...args: string[]) => answer<History>('history', ...args);
const inProduction = async () => (await history()).production?.data.version;

/** Does something while an artifact is not there. */
async function withoutArtifact(digest: string, step: () => Promise<void>): Promise<void> {
  const hash = digest.slice('sha256:'.length);
  const path = join(home, 'artifacts', 'sha256', hash.slice(0, 2), hash);
  await rename(path, `${path}.away`);
  await step();
  await rename(`${path}.away`, path);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe('without running services, a command starts and stops them', () => {
  test('collect', async () => {
    type Collected = { records: number; samples: Record<string, number> };
    const { records, samples }: Collected = JSON.parse(await alone('collect', all, '--to', CUT, '--json'));
    expect([records, sum(Object.values(samples))]).toEqual([sizes.before, sizes.before]);
    expect(samples.SampleAccepted).toBeGreaterThan(250);
  });

  test('history before there is a version', async () => {
    expect(await codeOf('history')).toBe(2);
    expect(await history('--at', '2020-01-01')).toMatchObject({ production: null, changes: [], chain: [] });
  });

  test('train twice: the same samples, parameters and seed give the same model', async () => {
    const train = ['train', '--seed', '7', '--param', 'c=1', '--param', 'maxEpochs=5'];
    const { data } = await answer(...train);
    expect(data).toMatchObject({ outcome: 'promoted', version: 'v1.0.0' });
    const again = await finished(epochlog(home, train));
    expect(again).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^dataset [\s\S]*\ntest accuracy [\s\S]*\nv1\.1\.0: refused/),
    });
    const asked = { seed: 7, params: expect.objectContaining({ c: 1, maxEpochs: 5 }) };
    expect(await answers('events', '--type', 'TrainingStarted')).toMatchObject([
      { data: asked },
      { data: asked },
    ]);
    const [first, second] = await answers('events', '--type', 'TrainingCompleted');
    expect(second?.data.modelHash).toBe(first?.data.modelHash);
  });

  test('evaluate', async () => {
    type Measured = { inTraining: number; samples: number };
    const honest = await answer<Measured>('evaluate', '--data', few);
    expect(honest).toMatchObject({ version: 'v1.0.0', trainingIncluded: false });
    expect(honest.inTraining).toBeGreaterThan(FEW / 2);
    expect(honest.samples).toBe(FEW - honest.inTraining);
    expect(await alone('evaluate', '--data', few, '--include-training')).toMatch(
      new RegExp(`on ${FEW} records .*\n  ${honest.inTraining} of them were in its training split`),
    );
  });

  test('explain: what a version answers is the sum of what its terms add; and what matters to it', async () => {
    interface Explained {
      label: string;
      score: number;
      base: number;
      contributions: { feature: string; contribution: number }[];
    }
    const asked = [
      '--title',
      'Robot grasping',
      '--abstract',
      'A policy for a robot arm that grasps objects.',
    ];
    const { score, base, contributions } = await answer<Explained>('explain', ...asked, '--label', 'cs.RO');
    expect(sum([base, ...contributions.map(({ contribution }) => contribution)])).toBeCloseTo(score, 9);
    expect(contributions.map(({ feature }) => feature)).toContain('robot');
    const { fields } = await answer<{ fields: { field: string; mean: number }[] }>('explain');
    expect(fields.map(({ field }) => field).sort()).toEqual(['abstract', 'title']);
    expect(await run('explain', ...asked, '--label', 'cs.XX')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there is no label 'cs.XX'; there are: "),
    });
  });

  test('model test: a package that was exported loads, runs, measures as expected, trains; or the exit code is 3', async () => {
    const to = join(folder.path, 'tested');
    await answer('version', 'export', 'v1.0.0', '--to', to);
    interface Tested {
      passed: boolean;
      checks: { name: string; passed: boolean }[];
      metrics: { accuracy: number };
      latencies: { batch: number; p50Ms: number }[];
    }
    const asked = ['model', 'test', to, '--data', few];
    const tested = await answer<Tested>(...asked);
    expect(tested.checks.map(({ name, passed }) => [name, passed])).toEqual(
      ['loads', 'runs', 'saved and loaded', 'training step'].map((name) => [name, true]),
    );
    expect(tested.latencies.map(({ batch }) => batch)).toEqual([1, 32, 256]);
    const { accuracy } = tested.metrics;
    expect(await codeOf(...asked, '--expect', `accuracy=${accuracy + 0.04}`)).toBe(0);
    const failed = await run(...asked, '--expect', `accuracy=${accuracy - 0.06}`);
    expect(failed).toMatchObject({ code: 3, stdout: expect.stringMatching(/accuracy +FAILED.*expected/) });
    await appendFile(join(to, 'model.onnx'), 'x');
    expect(await run(...asked)).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('truncated or altered'),
    });
  });

  test('promote and rollback wait until the version is served', async () => {
    expect(await answer('promote', 'v1.1.0')).toMatchObject({
      data: { version: 'v1.1.0' },
      serving: { type: 'VersionServing', data: { version: 'v1.1.0', instance: 'embedded' } },
    });
    expect(await alone('rollback')).toMatch(/^v1\.0\.0 .* is in production .*\nembedded serves v1\.0\.0\n$/);
    expect(await inProduction()).toBe('v1.0.0');
  });

  test('predict', async () => {
    const answered = { version: 'v1.0.0', predictions: [{ label: expect.stringMatching(/^cs\./) }] };
    const predicted = await alone('predict', '--title', 'Robots', '--abstract', 'They plan.', '--json');
    expect(JSON.parse(predicted)).toMatchObject(answered);
  });

  test('sql', async () => {
    expect(await answers('sql', 'SELECT count() AS n FROM records')).toEqual([{ n: sizes.before }]);
  });
});

describe('while `epochlog up` runs, a command uses its services', () => {
  let up: ChildProcess;
  let url: string;
  let isStopped = false;

  beforeAll(start);
  beforeEach(() => {
    if (!isStopped) expect([up.exitCode, up.signalCode], '`up` has ended by itself').toEqual([null, null]);
  });
  afterAll(() => up.kill('SIGKILL'));

  async function start(): Promise<void> {
    const environment = { EPOCHLOG_PORT: '0', EPOCHLOG_PREDICTOR_RETRY_MS: '50' };
    up = epochlog(home, ['up', '--json'], environment, { detached: true });
    const line = JSON.parse(await printed(up, /\n/));
    expect(line).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), home, pid: up.pid });
    url = line.url;
    isStopped = false;
  }

  async function stop(): Promise<void> {
    const end = finished(up);
    isStopped = true;
    ctrlC(up);
    expect(await end).toEqual({ code: 0, stdout: '', stderr: '' });
  }

  /** Predictions that this `up` has made. */
  async function served(): Promise<number> {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return sum(
      Array.from(metrics.matchAll(/^epochlog_predictions_total\{.*\} (\d+)$/gm), ([, n]) => Number(n)),
    );
  }

  test('collect: enough new papers trigger a training', async () => {
    const collected = new RegExp(
      `^${sizes.after} records of arxiv collected, 0 lines rejected\nrecords by class: cs.AI \\d+, .*\n\\d+ samples accepted`,
    );
    expect(await alone('collect', all, '--from', CUT, '--to', '2030-01-01')).toMatch(collected);
    await eventually(async () =>
      (await answers('events', '--type', 'TrainingPlanned')).find(({ data }) => data.cause === 'new_samples'),
    );
  });

  test('train', async () => {
    const asked = ['train', '--engine', 'linear', '--reason', 'to see', '--json'];
    const { code, stdout } = await finished(epochlog(home, asked));
    const { correlationId, data }: Told = JSON.parse(stdout);
    expect(data).toMatchObject({ version: 'v1.3.0' });
    expect(code).toBe(data.outcome === 'promoted' ? 0 : 3);
    const related = await answers('events', '--correlation', correlationId, '--limit', '1000');
    expect(new Set(related.map((event) => event.correlationId))).toEqual(new Set([correlationId]));
    expect(related[0]).toMatchObject({ type: 'TrainingPlanRequested', data: { reason: 'to see' } });
    expect(related.map(({ type }) => type)).toContain('VersionRegistered');
    const before = await inProduction();
    expect((await answer('train', '--no-promote', '--by', 'ada')).data).toMatchObject({
      outcome: 'registered',
      version: 'v1.4.0',
    });
    expect(await inProduction()).toBe(before);
  });

  test('evaluate, also a version that is not in production', async () => {
    const said = await text('evaluate', '--data', few, '--version', 'v1.1.0', '--include-training');
    expect(said).toMatch(
      /^v1\.1\.0 .* on 20 records .*\n {2}\d+ of them were in its training split.*\n {2}metric .*\n {2}accuracy +\d+\.\d % +[\d.]+ % to [\d.]+ %\n[\s\S]*\n {2}cs\.LG +\d[\s\S]*\n {2}is \/ predicted /,
    );
    expect(said).toMatch(
      /\nnot measured: \S+ had the same inputs, and took [\d.]+ s; --no-cache measures again\n$/,
    );
    const compared = await text('evaluate', '--data', few, '--version', 'v1.1.0', '--version', 'v1.0.0');
    expect(compared).toMatch(/\n {2}accuracy: [+-][\d.]+ points from v1\.0\.0, 95 % interval .*, p /);
    expect(await codeOf('evaluate', '--data', few, '--version', 'v9.0.0')).toBe(2);
  });

  test('promote and rollback, with their reasons', async () => {
    const before = await inProduction();
    const promote = ['promote', 'v1.1.0', '--reason', 'I say so', '--by', 'ada'];
    expect(await text(...promote)).toMatch(/^v1\.1\.0 .* is in production/);
    expect((await history()).production?.data).toMatchObject({
      version: 'v1.1.0',
      reason: 'I say so',
      requestedBy: 'ada',
    });
    expect(await codeOf('promote', 'v1.1.0')).toBe(3);
    expect((await answer('rollback')).data).toMatchObject({ version: before, from: 'v1.1.0' });
  });

  test('a promoted version with a missing package is not served: every answer says so, until the package is back', async () => {
    const before = await inProduction();
    const registered = await answers('events', '--type', 'VersionRegistered');
    const gone = registered.find(({ data }) => data.version === 'v1.1.0');
    await withoutArtifact(String(gone?.data.package), async () => {
      const { code, stdout, stderr } = await run('promote', 'v1.1.0');
      expect({ code, stdout, stderr }).toEqual({
        code: 9,
        stdout: expect.stringMatching(/^v1\.1\.0 .* is in production/),
        stderr: expect.stringMatching(`embedded cannot serve v1.1.0, ${before} answers instead.*NOT_SERVED`),
      });
      expect(await history()).toMatchObject({
        production: { data: { version: 'v1.1.0' } },
        served: [{ type: 'ServingFailed', data: { version: 'v1.1.0', served: before } }],
      });
      expect((await fetch(`${url}/health/ml`)).status).toBe(503);
    });
    await eventually(async () => ((await fetch(`${url}/health/ml`)).ok ? true : undefined));
    expect(await text('rollback')).toContain(`embedded serves ${before}`);
    const alerts = () => answers('events', '--stream', 'alerts');
    await eventually(async () => (await alerts()).at(-1)?.type === 'AlertResolved' || undefined);
    expect((await alerts()).slice(-2)).toMatchObject([
      { type: 'AlertRaised', data: { cause: 'serving', version: 'v1.1.0' } },
      { type: 'AlertResolved', data: { monitorId: 'arxiv-classifier/serving' } },
    ]);
  });

  test('an unknown model is neither trained nor retired', async () => {
    expect(await codeOf('train', '--model', 'oops')).toBe(2);
    expect(await codeOf('retire', 'oops')).toBe(2);
  });

  test('predict is answered by the API of `up`', async () => {
    const before = await served();
    const lines = (await alone('predict', '--data', few)).trim().split('\n');
    expect(lines).toHaveLength(FEW);
    expect(lines[0]).toMatch(
      /^gen\.\d{4}\.\d{5} {2}cs\.[A-Z]{2} {2}\d+\.\d %(?: {2}unsure)? {2}\(arxiv-classifier v1\.\d\.0\)$/,
    );
    expect(await answer('predict', '--title', 'x')).toMatchObject({ version: await inProduction() });
    expect(await served()).toBe(before + FEW + 1);
  });

  test('events by stream with a limit, and by type with --follow, until Ctrl-C', async () => {
    const last = await text('events', '--stream', 'predictions', '--limit', '3');
    expect(last).toMatch(
      /^(\d{4}-\d\d-\d\d [\d:]{8}Z {2}PredictionServed +\S+ {2}cs\.\w+ [\d.]+ % by v1\..*\n){3}$/,
    );

    const [first, second] = await answers(
      'events',
      '--type',
      'PredictionServed',
      '--reverse',
      '--limit',
      '2',
    );
    expect(first!.time).toBeGreaterThanOrEqual(second!.time);
    const since = ['--subject', first!.subject, '--since', new Date(first!.time).toISOString()];
    expect(await answers('events', '--type', 'PredictionServed', ...since)).toEqual([first]);

    const follow = ['events', '--follow', '--limit', '1', '--type', 'PredictionServed', '--json'];
    const following = epochlog(home, follow, {}, { detached: true });
    const end = finished(following);
    const comes = printed(following, /^(.*\n){2}/);
    await printed(following, /\n/);
    const { predictions } = await answer<{ predictions: [{ requestId: string }] }>('predict', '--title', 'x');
    expect(await comes).toMatch(new RegExp(`^.*\n.*"${predictions[0].requestId}".*\n$`));
    ctrlC(following);
    expect(await end).toMatchObject({ code: 0, stderr: '' });
  });

  test('status', async () => {
    const version = await inProduction();
    expect(await answer<object>('status')).toMatchObject({
      home,
      services: { pid: up.pid, url },
      models: [{ model: 'arxiv-classifier', version, served: [{ version }] }],
      deadLetters: 0,
    });
    expect(await text('status')).toMatch(
      new RegExp(`\\n {2}arxiv-classifier +${version} .*accuracy [\\d.]+ %`),
    );
  });

  test('lists, and what each item is', async () => {
    const [newest] = await answers<{ version: string; runId: string; datasetId: string }>('version', 'list');
    expect(await answer('version', 'show', newest!.version)).toMatchObject({ ...newest });
    expect(await text('version', 'card', newest!.version)).toMatch(/^# arxiv-classifier v[\s\S]*\n### /);
    const { runId, datasetId } = newest!;
    const out = join(folder.path, 'report.html');
    for (const asked of [
      ['version', 'report', newest!.version],
      ['run', 'report', runId],
    ]) {
      expect(await text(...asked, '--out', out)).toMatch(/^the report of .* is in .*report\.html\n$/);
      expect(await readFile(out, 'utf8')).toMatch(
        /<h2>Learning curves<\/h2>[\s\S]*<h2>Metrics<\/h2>[\s\S]*<svg /,
      );
    }
    expect((await answers<{ runId: string }>('run', 'list')).map(({ runId }) => runId)).toContain(runId);
    expect(await answer('run', 'show', runId)).toMatchObject({ runId, datasetId, status: 'completed' });
    expect(await answer('dataset', 'show', datasetId)).toMatchObject({ datasetId, status: 'sealed' });
    const runs = await answers<{ runId: string }>('run', 'list', '--limit', '2');
    expect(await text('run', 'compare', ...runs.map(({ runId }) => runId))).toMatch(
      /\n {2}accuracy +[\d.]+ %/,
    );
    expect(await answers('alert', 'list', '--status', 'open')).toEqual([]);
    const [latency] = await answers<object>('latency');
    expect(latency).toMatchObject({
      model: 'arxiv-classifier',
      p50: expect.any(Number),
      p99: expect.any(Number),
    });
    for (const command of ['drift', 'quality']) expect(await answers(command, '--limit', '1')).toEqual([]);
    expect(await run('run', 'show', `${runId}9`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`did you mean ${runId}`),
    });
  });

  test('version export writes the package, which is proved by its sums', async () => {
    const to = join(folder.path, 'package');
    const { files } = await answer<{ files: string[] }>('version', 'export', 'v1.0.0', '--to', to);
    expect(files).toEqual(expect.arrayContaining(['model.onnx', 'SHA256SUMS', 'MODEL_CARD.md']));
    const sums = await readFile(join(to, 'SHA256SUMS'), 'utf8');
    const sha = createHash('sha256')
      .update(await readFile(join(to, 'model.onnx')))
      .digest('hex');
    expect(sums).toContain(`${sha}  model.onnx`);
    expect(await codeOf('version', 'export', 'v1.0.0', '--to', to)).toBe(3);
    const other = await run('version', 'export', 'v1.0.0', '--layout', 'hugging-face', '--to', `${to}-2`);
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no Hugging Face layout of this package: the engine linear made it'),
    });
  });

  test('predictions into a file, and the most probable labels', async () => {
    const out = join(folder.path, 'predictions.csv');
    expect(await text('predict', '--data', few, '--out', out)).toBe(`${FEW} predictions in ${out}\n`);
    const lines = (await readFile(out, 'utf8')).trim().split('\n');
    expect(lines[0]).toBe('id,requestId,label,confidence,unsure,model,version');
    expect(lines).toHaveLength(FEW + 1);
    expect(await text('predict', '--title', 'x', '--top', '2')).toMatch(
      / cs\.\w+ {2}[\d.]+ % {2}cs\.\w+ {2}[\d.]+ % /,
    );
  });

  test('a version that is not in production answers, and its answers are not in the log', async () => {
    const before = await served();
    const other = (await inProduction()) === 'v1.0.0' ? 'v1.1.0' : 'v1.0.0';
    expect(await answer('predict', '--title', 'x', '--version', other)).toMatchObject({
      version: other,
      recorded: false,
      predictions: [{ label: expect.stringMatching(/^cs\./) }],
    });
    expect(await served()).toBe(before);
  });

  test('history at any time', async () => {
    const { changes } = await history();
    const first = changes[0]!;
    const at = (time: number) => history('--at', new Date(time).toISOString());
    expect(await at(first.time - 1)).toMatchObject({ production: null, changes: [] });
    const { production, chain } = await at(first.time);
    expect(production).toEqual(first);
    const telling = ['TrainingPlanRequested', 'DatasetSealed', 'TrainingCompleted', 'VersionPromoted'];
    expect(chain.map(({ type }) => type)).toEqual(expect.arrayContaining(telling));
    const shown = await text('history', 'arxiv-classifier');
    expect(shown).toMatch(/in production\n\nDecisions\n/);
    expect(shown).toMatch(/\nServed since\n.*embedded serves v1\.\d\.0\n\nWhat put v1\.\d\.0 there.*\n/);
    expect(shown).toMatch(/ VersionRolledBack +v1\.\d\.0: asked for on the command line\n/);
    expect(Math.max(...shown.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test('sql', async () => {
    const both = sizes.before + sizes.after;
    expect(await answers('sql', 'SELECT count() AS n FROM records')).toEqual([{ n: both }]);
    expect(await text('sql', "SELECT 'a' AS letter")).toBe('  letter\n  a\n1 row\n');
    expect(await text('sql', '--format', 'csv', `SELECT 'a,"b' AS letter, NULL AS no`)).toBe(
      '"letter","no"\n"a,""b",\n',
    );
  });

  test('stopped, it ends with 0; started again, it resumes', async () => {
    const counts = ['sql', 'SELECT type, count() AS events FROM events GROUP BY type ORDER BY type'];
    const [before, version] = [await answers(...counts), await inProduction()];
    await stop();
    await start();
    expect(await answers(...counts)).toEqual(before);
    expect(await answer('predict', '--title', 'x')).toMatchObject({ version });
  });

  test('verify finds a projection that differs from the log, which is then rebuilt, and missing artifacts; a deleted warehouse is rebuilt', async () => {
    const warehouse = join(home, 'warehouse');
    const opened = await openClickHouse(engineIn(warehouse), 'epochlog');
    await opened.command('TRUNCATE TABLE epochs');
    await opened.close();
    const [artifacts, away] = [join(home, 'artifacts', 'sha256'), join(home, 'artifacts', 'away')];
    await rename(artifacts, away);
    const { code, stdout } = await run('verify');
    await rename(away, artifacts);
    expect(code).toBe(5);
    expect(stdout).toMatch(/\n {2}epochs +0 +\d+ {2}DIFFERS\n/);
    expect(stdout).toMatch(
      /\n0 artifacts read: \d+ faults\n {2}CollectionRequested of .* \[ARTIFACT_MISSING\]\n/,
    );

    await stop();
    const rebuilt = await answer<{ tables: RebuiltTable[] }>('projections', 'rebuild');
    expect(rebuilt.tables.filter(({ replaced }) => replaced)).toMatchObject([
      { table: 'epochs', rows: 0, rebuiltRows: expect.any(Number) },
    ]);
    await rm(warehouse, { recursive: true });
    expect(await answer('verify')).toMatchObject({
      verified: true,
      log: { faults: 0, findings: [] },
      artifacts: { artifacts: expect.any(Number), faults: 0, findings: [] },
    });
  });

  test('verify of a damaged log is LOG_CORRUPT, before a service reads it', async () => {
    const file = join(home, 'log', 'data.mdb');
    await writeFile(file, (await readFile(file)).fill(0, 2 * 8_192)); // all but the meta pages
    const { code, stdout } = await run('verify', '--json');
    expect({ code, error: JSON.parse(stdout).error }).toMatchObject({
      code: 5,
      error: { code: 'LOG_CORRUPT' },
    });
  });
});
