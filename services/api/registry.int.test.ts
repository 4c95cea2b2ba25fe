import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newEvent } from '../../schemas/catalogue.ts';
import { type ApiUnderTest, type Row, startApi } from '../../test/harness/api.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { MODEL } from '../../test/harness/scenario.ts';
import { smallScenario } from '../../test/harness/small-scenario.ts';

let under: ApiUnderTest;
const get = (url: string, status?: number) => under.get(url, status);
beforeAll(async () => {
  under = await startApi(smallScenario());
});
afterAll(() => under[Symbol.asyncDispose]());

const OF_MODEL = `/v1/models/${MODEL}`;

describe('names of versions', () => {
  test('an alias whose expected version is stale is refused at once, and nothing is asked for', async () => {
    const stale = { changes: [{ alias: 'champion', version: 'v1.1.0', expected: 'v1.0.0' }] };
    const refused = await under.post(`${OF_MODEL}/aliases`, stale, 409);
    expect(refused).toMatchObject({ code: 'CONFLICT' });
    expect(refused.detail).toContain('champion stands for nothing, not for v1.0.0');
    const unknown = { changes: [{ alias: 'champion', version: 'v1.7.0' }] };
    expect((await under.post(`${OF_MODEL}/aliases`, unknown, 404)).detail).toContain('there is no v1.7.0');
    expect((await get('/v1/events?type=AliasesRequested')).items).toEqual([]);
  });

  test('aliases and tags are shown where the version is', async () => {
    const changes = [{ alias: 'champion', version: 'v1.1.0', expected: '' }];
    await under.post(`${OF_MODEL}/aliases`, { changes, requestedBy: 'ada' }, 202);
    await appendFact(
      under.services,
      newEvent('AliasesChanged', {
        ...{ model: MODEL, aliases: { champion: 'v1.1.0' }, reason: 'it leads', requestedBy: 'ada' },
        ...{ changes: [{ alias: 'champion', version: 'v1.1.0', expected: '' }], policyVersion: 1 },
      }),
    );
    await under.post(`${OF_MODEL}/versions/v1.1.0/tags`, { tags: { owner: 'ada', region: 'eu' } }, 202);
    await under.post(`${OF_MODEL}/versions/v1.1.0/tags`, { tags: { region: '' } }, 202);
    expect((await under.post(`${OF_MODEL}/versions/v1.7.0/tags`, { tags: {} }, 404)).detail).toContain(
      'v1.7.0',
    );
    await under.services.host.settled();
    expect(await get(`${OF_MODEL}/aliases`)).toEqual({ model: MODEL, aliases: { champion: 'v1.1.0' } });
    expect(await get(`${OF_MODEL}/versions/v1.1.0`)).toMatchObject({
      ...{ aliases: ['champion'], tags: { owner: 'ada' }, stage: 'archived', environments: [] },
      sizeMb: expect.any(Number),
    });
    const { items } = await get(`${OF_MODEL}/versions`);
    expect(items.map(({ version, stage }: Row) => [version, stage])).toEqual([
      ['v1.1.0', 'archived'],
      ['v1.0.0', 'production'],
      ['v9.9.9', 'archived'],
    ]);
  });

  test('what the next version is, is one of three', async () => {
    await under.post(`${OF_MODEL}/next-version`, { change: 'major' }, 202);
    await under.post(`${OF_MODEL}/next-version`, { change: 'huge' }, 400);
    await under.post('/v1/models/paper/next-version', { change: 'major' }, 404);
  });
});

describe('contributions', () => {
  test('are offered, and told with what became of them', async () => {
    const records = [{ id: '2403.00001', title: 'On a new thing' }];
    const offered = { model: MODEL, contributor: 'grace', contributionId: 'march', records };
    await under.post('/v1/contributions', offered, 202);
    await under.post('/v1/contributions', { ...offered, model: 'paper' }, 404);
    await under.post('/v1/contributions', { model: MODEL, contributor: 'grace' }, 400);
    expect(await get('/v1/contributions/march')).toMatchObject({
      state: 'running',
      counts: null,
      deltas: [],
    });

    const about = { contributionId: 'march', model: MODEL, contributor: 'grace', policyVersion: 1 };
    await appendFact(
      under.services,
      newEvent('ContributionIntegrated', {
        ...{ ...about, baseline: 'v1.0.0', baselinePackage: 'sha256:p', benchmark: 'dataset-1' },
        ...{ datasetId: 'march-dataset', runId: 'march-run', data: 'sha256:d', newSamples: 'sha256:n' },
        ...{ rows: 3, added: 1, duplicates: 1, invalid: 1, invalidBy: { too_short: 1 } },
        ...{ codeHash: 'c', change: null, requestedBy: 'grace' },
      }),
    );
    await appendFact(
      under.services,
      newEvent('ContributionRefused', { ...about, code: 'NOT_BETTER', reason: 'no gain' }),
    );
    await under.services.host.settled();
    expect(await get('/v1/contributions/march')).toMatchObject({
      ...{ state: 'refused', code: 'NOT_BETTER', reason: 'no gain', baseline: 'v1.0.0' },
      ...{ counts: { added: 1, invalidBy: { too_short: 1 } }, hashes: { data: 'sha256:d', model: null } },
    });
    expect((await get('/v1/contributions?contributor=grace&state=refused')).items).toHaveLength(1);
    expect((await get('/v1/contributions?state=accepted')).items).toEqual([]);
    expect((await get('/v1/contributions/march1', 404)).detail).toContain('did you mean march?');
  });
});

test('a cross-validation is asked for, and told with each fold', async () => {
  const asked = { model: MODEL, folds: 2, crossValidationId: 'cv1' };
  await under.post('/v1/cross-validations', asked, 202);
  const wrong = await under.post('/v1/cross-validations', { ...asked, kind: 'grouped' }, 400);
  expect(wrong.detail).toContain('body.column: it is of grouped folds, and they need one');
  await under.post('/v1/cross-validations', { ...asked, folds: 1 }, 400);
  await under.post('/v1/cross-validations', { ...asked, model: 'paper' }, 404);
  const about = { crossValidationId: 'cv1', model: MODEL };
  await appendFact(
    under.services,
    newEvent('CrossValidationStarted', {
      ...{ ...about, datasetId: 'dataset-1', engine: 'linear', seed: 3, params: { c: 2, layers: [1, 2] } },
      ...{ folds: 2, foldKind: 'random', column: null, runIds: ['cv1-f1', 'cv1-f2'], reuse: false },
      requestedBy: 'ada',
    }),
  );
  await under.services.host.settled();
  expect((await get('/v1/cross-validations')).items).toMatchObject([
    { crossValidationId: 'cv1', status: 'running', params: { c: 2, layers: [1, 2] }, summary: [] },
  ]);
  const summary = [{ metric: 'accuracy', mean: 0.8, std: 0.1, min: 0.7, max: 0.9, perFold: [0.7, 0.9] }];
  await appendFact(
    under.services,
    newEvent('CrossValidationCompleted', { ...about, primaryMetric: 'accuracy', samples: 20, summary }),
  );
  await under.services.host.settled();
  expect(await get('/v1/cross-validations/cv1')).toMatchObject({
    ...{ status: 'completed', samples: 20, summary, kind: 'random', seed: 3, code: null },
    endedAt: expect.any(String),
  });
  expect((await get('/v1/cross-validations/cv2', 404)).detail).toContain('did you mean cv1?');
});

test('what a promotion changed is told from the outcomes on both sides of it', async () => {
  const { items } = await get(`${OF_MODEL}/impact?days=3650`);
  expect(items.map(({ change, version, before }: Row) => [change, version, before])).toEqual([
    ['rolled_back', 'v1.0.0', 'v1.1.0'],
    ['promoted', 'v1.1.0', 'v1.0.0'],
  ]);
  for (const { production, samplesBefore, samplesAfter } of items)
    expect(production === null).toBe(Math.min(samplesBefore, samplesAfter) < 2);
  const page = await get(`${OF_MODEL}/impact?limit=1`);
  expect(page.items).toHaveLength(1);
  expect((await get(`${OF_MODEL}/impact?limit=1&cursor=${page.next}`)).items[0].version).toBe('v1.1.0');
  expect((await get('/v1/models/paper/impact', 404)).detail).toContain('there is no model paper');
});

test('which packages stay is told with the reason', async () => {
  const { keepLast, versions } = await get(`${OF_MODEL}/retention`);
  expect(keepLast).toBeNull();
  const kept = versions.map(({ version, kept }: Row) => [version, kept]);
  expect(kept).toContainEqual(['v1.0.0', 'it is in production']);
  await get('/v1/models/paper/retention', 404);
});

test('the lineage of a version has its run, its dataset with offsets, and each event', async () => {
  const lineage = await get(`${OF_MODEL}/versions/v1.1.0/lineage`);
  expect(lineage).toMatchObject({
    ...{ version: 'v1.1.0', runId: 'run-3', engine: 'linear', seed: 42, epochs: 2 },
    dataset: { datasetId: 'dataset-3', train: 80, sources: [{ topic: 'epochlog.samples', from: 0, to: 4 }] },
  });
  const types = lineage.events.map(({ type }: Row) => type);
  const expected = ['DatasetSealed', 'TrainingStarted', 'TrainingCompleted', 'EvaluationCompleted'];
  expect(types).toEqual(expect.arrayContaining([...expected, 'VersionRegistered', 'VersionPromoted']));
  expect(types).not.toContain('TrainingFailed');
  expect((await get(`${OF_MODEL}/versions/v9.9.9/lineage`, 404)).detail).toContain('never registered');
  expect((await get(`${OF_MODEL}/versions/v1.1.1/lineage`, 404)).detail).toContain('did you mean v1.1.0?');
});
