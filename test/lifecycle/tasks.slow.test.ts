import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../ml/random.ts';
import { type ArxivServer, servedPapers, startArxivServer } from '../harness/arxiv-server.ts';
import * as command from '../harness/command.ts';
import { ctrlC, epochlog, finished, printed } from '../harness/command.ts';
import { eventually } from '../harness/eventually.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';
import { blocksOf, readGuide, runCommand, runGuide, wordsOf } from '../harness/guide.ts';

/** The guide to own data, word for word, on generated flights; and another task beside it in the same log. */

type Answer = Record<string, unknown>;

let folder: TemporaryFolder;
let home: string;
let up: ChildProcess;
let arxiv: ArxivServer;
let url: string;
const at = (name: string) => join(folder.path, name);
const text = (...args: string[]) => command.text(home, args);
const answer = <T>(...args: string[]) => command.answer<T>(home, args);
const answers = <T>(...args: string[]) => command.answers<T>(home, args);
const refusal = async (...args: string[]) => {
  const { code, stderr } = await command.run(home, args);
  return `${code} ${stderr}`;
};

const post = async (path: string, body: string): Promise<Answer> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body });
  return JSON.parse(await response.text());
};

/** Late is likelier in the evening and from Newark. */
function flights(rows: number): string {
  const random = seededRandom(1);
  const lines = Array.from({ length: rows }, (_, i) => {
    const hour = 5 + Math.floor(random() * 18);
    const origin = ['EWR', 'JFK', 'LGA'][Math.floor(random() * 3)]!;
    const isLate = random() < (hour > 15 ? 0.6 : 0.2) + (origin === 'EWR' ? 0.2 : 0);
    const scheduled = `2013-0${1 + (i % 6)}-${String(1 + (i % 28)).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00-05:00`;
    const seats = random() < 0.5 ? 150 : 180;
    return `F${i},${scheduled},UA,${origin},${200 + Math.floor(random() * 2_000)},${seats},${isLate ? 15 + (i % 60) : -(i % 14)},${isLate ? 'late' : 'on time'}`;
  });
  return `flight_id,scheduled,carrier,origin,distance_miles,seats,arrival_delay_min,arrival\n${lines.join('\n')}\n`;
}

beforeAll(async () => {
  folder = await temporaryFolder('tasks');
  home = at('home');
  const [table, tickets, model] = blocksOf('yaml', await readGuide('tasks'));
  await writeFile(at('flights.yaml'), table!);
  await writeFile(at('tickets.yaml'), tickets!);
  await writeFile(at('late-flights.yaml'), model!);
  await writeFile(at('flights.csv'), flights(900));
  arxiv = await startArxivServer(servedPapers(['cs.AI', 'cs.LG'], 60));
  up = epochlog(
    home,
    ['up', '--json'],
    {
      EPOCHLOG_PORT: '0',
      EPOCHLOG_COLLECTOR_ADDRESSES: `arxiv=${arxiv.url},arxiv-oai=${arxiv.url}`,
      EPOCHLOG_COLLECTOR_PAUSE_SECONDS: '0',
    },
    { detached: true },
  );
  url = JSON.parse(await printed(up, /\n/)).url;
});
afterAll(async () => {
  const end = finished(up);
  ctrlC(up);
  await end;
  await arxiv[Symbol.asyncDispose]();
  await folder.remove();
});

test('the guide leads from a file of rows to predictions over HTTP', async () => {
  const said = [...(await runGuide({ name: 'own-data', home, cwd: folder.path, url }))];
  const [asked = '', answered = ''] = said.find(([line]) => line.includes('/v1/predict')) ?? [];
  expect(JSON.parse(answered)).toMatchObject({
    predictions: [
      { label: expect.stringMatching(/^(late|on time)$/), features: { origin: 'EWR', distance_miles: 800 } },
    ],
  });
  const body = wordsOf(asked).at(-1)!;
  const { detail } = await post('/v1/predict', body.replace('distance_miles', 'distance_mile'));
  expect(detail).toMatch(/no field 'distance_mile', did you mean 'distance_miles'\?; there are /);
  const documented = await fetch(`${url}/docs/json`);
  const { components, paths }: Answer = JSON.parse(await documented.text());
  const seats = { type: ['number', 'null'] };
  expect(components).toMatchObject({ schemas: { 'Instance.flights': { properties: { seats } } } });
  expect(JSON.stringify([paths, components])).toContain('"$ref":"#/components/schemas/Instance.flights"');
  const measured = await answer<{ metrics: Record<string, number> }>(
    ...['evaluate', '--model', 'flights', '--data', at('flights.csv'), '--include-training'],
  );
  expect(measured.metrics.accuracy).toBeGreaterThan(0.6);
});

test('true labels are reported as the guide says, one or a file of them; what does not fit is refused', async () => {
  const reported = [...(await runGuide({ name: 'outcomes', home, cwd: folder.path, url })).values()];
  expect(reported.at(1)).toMatch(/"accepted":2/);
  expect(reported.at(2)).toBe('1 outcome reported\n');
  expect(reported.at(3)).toMatch(/flight-1 +v1\.0\.0 +(late|on time) +late\n +flight-2 .*\n +flight-3 /);
  await writeFile(at('outcomes.csv'), 'requestId,label\nflight-1,late\nflight-2,on time\n');
  expect(await answer('outcome', 'report', '--data', at('outcomes.csv'))).toEqual({ reported: 2 });
  await writeFile(at('outcomes.csv'), 'requestId,label\nflight-1,late\nflight-2,\n');
  expect(await refusal('outcome', 'report', '--data', at('outcomes.csv'))).toMatch(
    /^2 .*outcomes\.csv, line 3: needs a "label" or/,
  );
  await writeFile(at('outcomes.csv'), 'requestId,lable\nflight-1,late\n');
  expect(await refusal('outcome', 'report', '--data', at('outcomes.csv'))).toMatch(
    /^2 .*an outcome has no 'lable', did you mean 'label'\?/,
  );
  expect(await refusal('outcome', 'report', '--request', 'flight-1', '--label', 'early')).toMatch(
    /^2 .*'early' is no label of flights/,
  );
});

test('another task in the same log has datasets and versions of its own', async () => {
  await text('collect', '--task', 'account-health', '--generate', '900');
  await text('train', '--model', 'account-health');
  const sealed = await answers<{ data: { task: string; model: string; labels: string[] } }>(
    ...['events', '--type', 'DatasetSealed'],
  );
  expect(sealed.map(({ data: { task, model, labels } }) => [task, model, [...labels].sort()])).toEqual([
    ['flights', 'flights', ['late', 'on time']],
    ['account-health', 'account-health', ['at risk', 'critical', 'healthy']],
  ]);
  for (const model of ['flights', 'account-health']) {
    expect((await answer<{ production: object | null }>('history', model)).production).toMatchObject({
      data: { model, version: 'v1.0.0' },
    });
  }
  const collections = await answers<{ data: { task: string; generated: boolean } }>(
    ...['events', '--type', 'CollectionRequested'],
  );
  expect(collections.map(({ data: { task, generated } }) => [task, generated])).toEqual([
    ['flights', false],
    ['account-health', true],
  ]);
});

test('a model whose answers are numbers is served, measured by its error, and replaced by one with a lower error', async () => {
  const model = 'model: ads\ntask: ad-score\nengine: trees\nparameters: { maxRounds: 3 }\n';
  await writeFile(at('ads.yaml'), model);
  await text('collect', '--task', 'ad-score', '--generate', '900');
  await text('model', 'declare', at('ads.yaml'));
  expect(await text('train', '--model', 'ads')).toMatch(/test rmse \d.*\nv1\.0\.0: promoted/);

  const instance = { platform: 'search', impressions: 9_000, clicks: 400, start_date: '2024-05-01' };
  const instances = Array.from({ length: 200 }, (_, i) => ({ requestId: `ad-${i}`, instance }));
  const prediction = { value: expect.any(Number), features: { clicks: 400 } };
  expect(await post('/v1/predict', JSON.stringify({ model: 'ads', instances }))).toMatchObject({
    unit: 'points',
    predictions: instances.map(() => prediction),
  });
  const outcomes = instances.map(({ requestId }) => ({ requestId, value: 100 }));
  const refused = [
    { requestId: 'ad-0', value: 100.5 },
    { requestId: 'ad-0', label: 'good' },
    { requestId: 'ad-0', value: '71' },
  ];
  for (const outcome of refused) {
    expect((await post('/v1/outcomes', JSON.stringify({ outcomes: [outcome] }))).code).toBe('INPUT_INVALID');
  }
  expect(await post('/v1/outcomes', JSON.stringify({ outcomes }))).toMatchObject({ accepted: 200 });

  await writeFile(at('ads.yaml'), model.replace(/parameters.*\n/, ''));
  await text('model', 'declare', at('ads.yaml'));
  expect(await text('train', '--model', 'ads')).toMatch(
    /v1\.1\.0: promoted, rmse [\d.]+ against [\d.]+ of v1\.0\.0 .*lower is better/,
  );
  const [quality] = await answers<{ data: object }>('events', '--type', 'QualityMeasured');
  expect(quality?.data).toMatchObject({ model: 'ads', metric: 'rmse', labelled: 200, dropped: true });
});

test('a model of several labels is declared, trained, measured, served, and told what was true', async () => {
  const [, , , task] = blocksOf('yaml', await readGuide('tasks'));
  await writeFile(at('machine-faults.yaml'), task!);
  await writeFile(
    at('faults.yaml'),
    'model: faults\ntask: machine-faults\nengine: linear\nparameters: { threshold: f1 }\n',
  );
  const random = seededRandom(3);
  const rows = Array.from({ length: 600 }, (_, i) => {
    const [temperature, pressure, load] = [40 + 60 * random(), 1 + 4 * random(), random()];
    const faults = [
      ...(temperature > 80 ? ['overheating'] : []),
      ...(pressure < 2 ? ['leak'] : []),
      ...(load > 0.7 ? ['wear'] : []),
    ];
    return `r${i},2025-03-${String(1 + (i % 28)).padStart(2, '0')},${temperature},${pressure},${load},${faults.join(';') || ';'}`;
  });
  await writeFile(
    at('readings.csv'),
    `reading,read_at,temperature,pressure,load,faults\n${rows.join('\n')}\nlast,2025-04-01,50,3,0.5,rust\n`,
  );
  await text('task', 'declare', at('machine-faults.yaml'));
  expect(await text('task', 'show', 'machine-faults')).toContain('any number of overheating, leak, wear');
  await text('collect', '--task', 'machine-faults', at('readings.csv'));
  const [rejected] = await answers<{ data: { reason: string } }>(
    ...['events', '--type', 'SampleRejected', '--limit', '1'],
  );
  expect(rejected!.data.reason).toBe('unknown_label');
  await text('model', 'declare', at('faults.yaml'));
  expect(await text('train', '--model', 'faults')).toMatch(
    /test microF1 \d.*, subsetAccuracy \d.*\nv1\.0\.0: promoted/,
  );
  const measured = await answer<{ metrics: Record<string, number>; perClass: object[]; confusion: object[] }>(
    ...['evaluate', '--model', 'faults'],
  );
  expect(measured.metrics).toMatchObject({
    ...{
      subsetAccuracy: expect.any(Number),
      jaccard: expect.any(Number),
      'recency.microF1': expect.any(Number),
    },
  });
  expect(measured.metrics.microF1).toBeGreaterThan(0.85);
  expect([measured.perClass.length, measured.confusion]).toEqual([3, []]);

  expect(await text('version', 'card', 'v1.0.0', '--model', 'faults')).toMatch(
    /The threshold is 0\.\d+, tuned on the validation split for the highest F1/,
  );

  const ask = async (requestId: string, instance: object) => {
    const body = { model: 'faults', instances: [{ requestId, instance }] };
    const { predictions } = await post('/v1/predict', JSON.stringify(body));
    return (predictions as { label: string; labels: { label: string }[] }[])[0]!;
  };
  const both = await ask('faults-1', { temperature: 99, pressure: 1, load: 0.1 });
  expect([both.label, both.labels.map(({ label }) => label).sort()]).toEqual([
    'leak|overheating',
    ['leak', 'overheating'],
  ]);
  expect(await ask('faults-2', { temperature: 45, pressure: 4, load: 0.1 })).toMatchObject({
    label: '',
    labels: [],
  });
  const outcomes = [
    { requestId: 'faults-1', labels: ['overheating', 'leak'] },
    { requestId: 'faults-2', labels: [] },
  ];
  expect(await post('/v1/outcomes', JSON.stringify({ outcomes }))).toMatchObject({ accepted: 2 });
  const unknown = { outcomes: [{ requestId: 'faults-1', labels: ['rust'] }] };
  expect(await post('/v1/outcomes', JSON.stringify(unknown))).toMatchObject({ code: 'INPUT_INVALID' });
  expect(
    await text('predict', '--model', 'faults', '--instance', '{"temperature": 45, "pressure": 4}'),
  ).toMatch(/ no label {2}\(faults v1\.0\.0\)/);
});

test('a network is chosen by the engine of a model, served like any other, and trained on from its version', async () => {
  await writeFile(
    at('network.yaml'),
    'model: health-network\ntask: account-health\nengine: tfjs\nparameters: { maxEpochs: 6, hidden: [16] }\n',
  );
  await text('model', 'declare', at('network.yaml'));
  expect(await text('train', '--model', 'health-network')).toMatch(/v1\.0\.0: promoted/);
  const instance = { plan: 'team', seats: 20, logins_30d: 3 };
  expect(
    await post('/v1/predict', JSON.stringify({ model: 'health-network', instances: [{ instance }] })),
  ).toMatchObject({ predictions: [{ label: expect.stringMatching(/^(healthy|at risk|critical)$/) }] });
  await command.run(home, ['train', '--model', 'health-network', '--from', 'v1.0.0', '--seed', '2']);
  const epochs = await answers<{ data: { epoch: number; trainLoss: number; device: string } }>(
    'events',
    '--type',
    'EpochCompleted',
  );
  const firsts = epochs.filter(({ data: { epoch } }) => epoch === 1).slice(-2);
  expect(firsts[1]!.data.trainLoss).toBeLessThan(firsts[0]!.data.trainLoss);
  expect(firsts[0]!.data.device).toMatch(/^(wasm|tfjs-node.*)$/);
});

test('the decisions about a model follow its policy from then on, and name it', async () => {
  const file = `${blocksOf('yaml', await readGuide('policies'))[0]}\n`;
  await writeFile(at('policy.yaml'), file);
  const said = [...(await runGuide({ name: 'policies', home, cwd: folder.path, url })).values()];
  expect(said[0]).toMatch(/account-health is now version 1/);
  expect(said[1]).toContain(file);
  expect(said[2]).toMatch(/ v1\.0\.0 +promoted by registrar \(policy 0\): /);
  const unchanged = await answer<object>('model', 'policy', 'account-health', at('policy.yaml'));
  expect(unchanged).toMatchObject({ version: 1, changed: false });

  const { code } = await command.run(home, ['train', '--model', 'account-health', '--seed', '7']);
  expect(code).toBe(3);
  const facts = ['TrainingPlanned', 'VersionRegistered', 'PromotionRefused', 'VersionArchived'];
  for (const type of facts) {
    const [last] = await answers<{ data: { model: string; policyVersion: number } }>(
      ...['events', '--type', type, '--limit', '1'],
    );
    expect([type, last!.data]).toMatchObject([type, { model: 'account-health', policyVersion: 1 }]);
  }

  const route = `${url}/v1/models/account-health/policy`;
  const change = (body: object) =>
    fetch(route, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const refused = await change({ file: 'promotion: { metric: rmse }' });
  expect([refused.status, ((await refused.json()) as { detail: string }).detail]).toEqual([
    400,
    expect.stringMatching(/rmse does not/),
  ]);
  const accepted = [];
  for (let times = 0; times < 2; times++)
    accepted.push(await change({ file: `${file}drift: { window: 50 }\n` }));
  expect(accepted.map(({ status }) => status)).toEqual([202, 202]);
  const [first, again] = await Promise.all(accepted.map((response) => response.json()));
  expect(again).toEqual(first); // nothing new
  const shown = await eventually(async () => {
    const now = (await (await fetch(route)).json()) as { version: number };
    return now.version === 2 ? now : undefined;
  });
  expect(shown).toMatchObject({
    drift: { window: 50 },
    promotion: { metric: 'macroF1' },
    requestedBy: 'api',
  });
});

test('what does not fit is refused with what to change, and nothing of it is kept', async () => {
  const table = await readFile(at('flights.yaml'), 'utf8');
  await writeFile(at('column.csv'), flights(5).replace('carrier', 'carier'));
  await writeFile(at('key.yaml'), table.replace('columns:', 'colums:'));
  await writeFile(at('unknown.yaml'), 'model: m\ntask: flight\nengine: trees\n');
  const counted = [
    'sql',
    "SELECT count() AS n FROM events WHERE type IN ('RecordIngested', 'ModelDeclared', 'PolicyChanged')",
  ];
  const before = await answer<{ n: number }>(...counted);

  const nearColumn = /^2 .*'carier'.*did you mean 'carrier'/;
  expect(await refusal('collect', '--task', 'flights', at('column.csv'))).toMatch(nearColumn);
  expect(await refusal('collect', '--task', 'flights', '--generate', '5')).toMatch(/^2 .*no generator/);
  const nearKey = /^2 .*columns is missing\n.*key\.yaml:\d+: colums is not known; did you mean columns\?/;
  expect(await refusal('task', 'declare', at('key.yaml'))).toMatch(nearKey);
  const nearTask = /^2 .*no task 'flight'; did you mean flights\?/;
  expect(await refusal('model', 'declare', at('unknown.yaml'))).toMatch(nearTask);
  await writeFile(at('back.yaml'), 'rollout: { strategy: canary, stages: [5, 25, 10] }\n');
  const backwards = /^2 .*stages\.2 goes backwards: 10 after 25/;
  expect(await refusal('model', 'policy', 'flights', at('back.yaml'))).toMatch(backwards);
  const nearModel = /^2 .*no model flight; did you mean flights\?/;
  expect(await refusal('model', 'policy', 'flight', at('back.yaml'))).toMatch(nearModel);
  const wrong = ['predict', '--model', 'flights', '--instance', '{"seats": "many"}'];
  expect(await refusal(...wrong)).toMatch(/^2 .*seats must be a number/);

  expect(await answer<{ n: number }>(...counted)).toEqual(before);
});

test('the guide to remote sources collects what they list', async () => {
  const said = [...(await runGuide({ name: 'collecting', home, cwd: folder.path, url })).values()];
  expect(said[0]).toMatch(
    /^20 records of arxiv collected, 0 lines rejected\nrecords by class: cs\.AI 10, cs\.LG 10\n/,
  );
  expect(said[1]).toMatch(/^48 records of arxiv collected[\s\S]* duplicates/);
  expect(said[2]).toMatch(/weekly-papers[\s\S]*next due: /);
});

test('a text task can be declared and shown', async () => {
  await text('task', 'declare', at('tickets.yaml'));
  expect(await text('task', 'show', 'tickets')).toMatch(
    /subject +text[\s\S]*target: classes, those of the data/,
  );
  expect(await text('model', 'list')).toMatch(/^ {2}flights +flights +trees/m);
});

test('the guide for analysts asks what it says, on the command line and over HTTP', async () => {
  const said = [...(await runGuide({ name: 'sql', home, cwd: folder.path, url })).values()];
  expect(said[1]).toMatch(/^predictions: a table\..*\n +column +type +meaning\n/);
  const parquet = await readFile(at('predictions.parquet'));
  expect([parquet.subarray(0, 4), parquet.subarray(-4)].map(String)).toEqual(['PAR1', 'PAR1']);
  expect(said.at(-2)).toMatch(/^"model","version","status"\n"/);
  expect(said.at(-1)).toMatch(/^ARROW1/);
});

test('the guide to the HTTP API has a call for each route, and each does what it says', async () => {
  const mayFail = /dead-letters\/|\/cancel |\/abort |hugging-face|drift\/histogram/;
  const said = await runGuide({ name: 'http', home, cwd: folder.path, url, mayFail });
  const states = [...said]
    .filter(([line]) => line.includes('/v1/requests/'))
    .map(([, text]) => JSON.parse(text));
  expect(states.map(({ type, state }) => `${type} ${state}`)).toEqual([
    'TrainingPlanRequested done',
    'CollectionRequested done',
    'CollectionRequested done',
    'RemoteCollectionRequested done',
    'CollectionRequested done',
    'LabelQueueRequested done',
    'SampleLabelled done',
    'LabelCorrectionRequested done',
    'LabelCorrectionUndoRequested done',
    'DatasetRequested done',
    'EvaluationRequested done',
    'CrossValidationRequested done',
    'SearchRequested done',
    'PromotionRequested done',
    'DeploymentRequested done',
    'ExperimentRequested done',
    'ExperimentConcludeRequested done',
  ]);
  const { paths, components } = (await (await fetch(`${url}/docs/json`)).json()) as {
    paths: Record<string, object>;
    components: { schemas: Record<string, { example?: { model: string } }> };
  };
  const example = components.schemas.PredictRequest?.example;
  expect(await post('/v1/predict', JSON.stringify(example))).toMatchObject({ model: example?.model });
  const isCalled = (method: string, path: string) => {
    const pattern = new RegExp(
      `127\\.0\\.0\\.1:8800${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/?\\s]+')}(?=[?'\\s]|$)`,
    );
    return [...said.keys()].some((line) => {
      const posts = /--json|--data-binary/.test(line);
      const used = /-X (\w+)/.exec(line)?.[1] ?? (posts ? 'POST' : 'GET');
      return used === method.toUpperCase() && pattern.test(line);
    });
  };
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => [method, path] as const),
  );
  expect(routes.filter(([method, path]) => !isCalled(method, path))).toEqual([]);
});

test('the guide to labels leads from a record without one to the next dataset', async () => {
  const flight = { scheduled: '2013-07-02T09:00:00-05:00', origin: 'JFK', distance_miles: 500, seats: 90 };
  const records = ['F9002', 'F9004'].map((flight_id) => ({ flight_id, ...flight }));
  await post('/v1/collections', JSON.stringify({ task: 'flights', records }));
  const said = await runGuide({ name: 'labelling', home, cwd: folder.path, url });
  const of = (words: string) => said.entries().find(([line]) => line.includes(words))?.[1] ?? '';
  expect(of('label queue')).toMatch(
    /^flights-q\w+: 2 of 2 samples, 2 of which lack a label, by the entropy of v/,
  );
  expect(of('label next')).toMatch(/record +F900[24]\n[\s\S]*one of late, on time\n/);
  expect(of('label submit')).toBe('F9002: on time, by ada\n');
  expect(of('label list')).toMatch(/F9002 +labelled +on time/);
  expect(of('dataset suspects')).toMatch(
    /^[1-9]\d* labels of \d+ suspected ones are corrected, with a confidence from 0\.8/,
  );
  expect(of('dataset outliers').trim().split('\n')).toHaveLength(6);
  const corrected = await answers<{ data: { recordId: string; target: string; requestedBy: string } }>(
    ...['events', '--type', 'LabelCorrected', '--limit', '1000'],
  );
  const applied = corrected.filter(({ data }) => data.requestedBy === 'ada');
  const undone = applied[0]!.data.recordId;
  const sealed = async () => {
    const { datasetId } = await answer<{ datasetId: string }>('dataset', 'seal', '--model', 'flights');
    const lines = (await text('dataset', 'export', datasetId, '--split', 'all')).trim().split('\n');
    const samples = lines.map((line): { id: string; target: string } => JSON.parse(line));
    return new Map(samples.map(({ id, target }) => [id, target]));
  };
  const targets = await sealed();
  expect(targets.get('F9002')).toBe('on time');
  expect(targets.has('F9004')).toBe(false);
  for (const { data } of applied) expect(targets.get(data.recordId)).toBe(data.target);
  await text('label', 'undo', undone, '--model', 'flights', '--explanation', 'it was right');
  expect((await sealed()).get(undone)).not.toBe(applied[0]!.data.target);
});

test('the guide to experiments leads from a start to a deployment', async () => {
  await mkdir(at('metrics'));
  const [cost] = blocksOf('ts', await readGuide('experiments'));
  await writeFile(at('metrics/cost.ts'), cost!);
  const said = [...(await runGuide({ name: 'experiments', home, cwd: folder.path, url })).values()];
  expect(said[0]).toMatch(
    /control v1\.1\.0 50 %, treatment v1\.0\.0 50 % of 50 % of the traffic, by accuracy/,
  );
  expect(said[0]).toMatch(/the control needs \d+ units at one look/);
  expect(said[2]).toMatch(/older-again of flights is running/);
  expect(said[4]).toMatch(/INCONCLUSIVE: enough for today: /);
  expect(said[5]).toMatch(/v1\.0\.0, which is treatment, by deployment older-again-promotion-1/);
  await eventually(async () => {
    const versions = await answers<{ version: string; stage: string }>(
      'version',
      'list',
      '--model',
      'flights',
    );
    return versions.some(({ version, stage }) => version === 'v1.0.0' && stage === 'production') || undefined;
  });
  const [own = ''] = blocksOf('bash', await readGuide('experiments'));
  for (const line of own.split('\n')) said.push(await runCommand(line, { home, cwd: folder.path }));
  expect(said[6]).toMatch(/, by custom\.cost/);
  const table = [
    { actual: 'late', predicted: 'on time', value: 500 },
    { actual: 'on time', predicted: 'late', value: 20 },
  ];
  expect((await answers<object>('events', '--type', 'ExperimentStarted')).slice(-2)).toMatchObject([
    { data: { ownMetrics: [{ metric: 'custom.cost', otherwise: 0, values: table }] } },
    { data: { metrics: [{ metric: 'accuracy' }, { metric: 'custom.cost', better: 'lower', margin: 20 }] } },
  ]);
});
