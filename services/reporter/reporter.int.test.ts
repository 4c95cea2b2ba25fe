import { expect, test } from 'vitest';
import { newEvent } from '../../schemas/catalogue.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { appendFact } from '../../test/harness/facts.ts';
import { startServices } from '../../test/harness/services.ts';
import { sharedProjections } from '../../test/harness/shared-projections.ts';
import { service as projector } from '../projector/service.ts';
import { service } from './service.ts';

const time = '2026-03-01T00:00:00.000Z';

/** A feature of a window as the monitor measured it. */
const row = (window: number, feature: string, actual: readonly number[], drifted: boolean) => ({
  ...{ model: 'topics', version: 'v1.0.0', window, feature, predictions: 100, psi: 0, expected_psi: 0 },
  ...{
    p_value: drifted ? 0 : 1,
    drifted,
    adjusted_p_value: drifted ? 0 : 1,
    edges: [],
    categories: ['a', 'b'],
  },
  ...{ reference_counts: [500, 500, 0, 0], window_counts: actual, policy_version: 0 },
  ...{
    from_instant: time,
    to_instant: time,
    time,
    event_id: `e${window}`,
    topic: 't',
    partition: 0,
    offset: window,
  },
});

const PLAN = {
  ...{ feature: 'plan', psi: 1, expectedPsi: 0, pValue: 0, adjustedPValue: 0, drifted: true },
  ...{ edges: [], categories: ['a', 'b'], referenceCounts: [500, 500, 0, 0], windowCounts: [90, 10, 0, 0] },
  ...{ slice: null, auroc: null, expectedAuroc: null },
};

const asked = (reportId: string, model: string, kind = 'drift') =>
  newEvent('ReportRequested', { reportId, model, kind, reason: 'as agreed', requestedBy: 'ada' });

test('a report has every window as a page and as data, and says what drifted in the newest; without a window there is none', async () => {
  await using warehouse = await sharedProjections();
  const rows = [
    row(1, 'plan', [50, 50, 0, 0], false),
    row(2, 'plan', [90, 10, 0, 0], true),
    row(2, 'seats <b>', [51, 49, 0, 0], false),
  ];
  await warehouse.insert('drift', rows, 'rows');
  await using services = await startServices([service], { warehouse });
  await services.publish(
    asked('monday', 'topics'),
    asked('tuesday', 'others'),
    asked('x', 'topics', 'drfit'),
  );
  const [written] = await eventually(async () => {
    const all = await services.all('ReportWritten');
    return all.length === 1 && (await services.all('ReportRefused')).length === 2 ? all : undefined;
  });
  expect(written?.data).toMatchObject({
    ...{ reportId: 'monday', model: 'topics', kind: 'drift', windows: 2 },
    ...{ drifted: ['plan'], requestedBy: 'ada' },
  });
  const read = async (digest = '') => new TextDecoder().decode(await services.artifacts.get(digest));
  const page = await read(written?.data.page);
  expect(page).toContain('<h1>Drift of topics</h1>');
  expect(page).toContain('seats &lt;b&gt;');
  expect(page).not.toContain('<script');
  expect(JSON.parse(await read(written?.data.data)).windows).toMatchObject([
    { window: 1, features: [{ feature: 'plan', drifted: false }] },
    {
      window: 2,
      features: [{ feature: 'plan', drifted: true, references: 1_000 }, { feature: 'seats <b>' }],
    },
  ]);
  const refused = (await services.all('ReportRefused')).map(({ data }) => [data.code, data.reason]);
  expect(refused).toEqual([
    ['NOT_FOUND', expect.stringMatching(/no window of predictions of others is full yet/)],
    ['INPUT_INVALID', expect.stringMatching(/no report on drfit, did you mean 'drift'\?/)],
  ]);
});

test('a report has what was measured a moment before it is asked for, though the projections have it later', async () => {
  await using warehouse = await sharedProjections();
  const environment = { EPOCHLOG_PROJECTOR_PAUSE_MS: '300' };
  await using services = await startServices([service, projector], { warehouse, environment });
  for (const window of [1, 2]) {
    const about = { monitorId: 'topics/drift', model: 'topics', version: 'v1.0.0', window, predictions: 100 };
    await appendFact(
      services,
      newEvent('DriftMeasured', { ...about, from: 0, to: 1, features: [PLAN], policyVersion: 0 }),
      window,
    );
  }
  await services.publish(asked('monday', 'topics'));
  expect(await services.all('ReportWritten')).toMatchObject([{ data: { windows: 2, drifted: ['plan'] } }]);
});
