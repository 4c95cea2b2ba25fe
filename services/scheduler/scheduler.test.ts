import { describe, expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import { type LoggedEvent, type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { ScheduleRequested } from '../../schemas/events.generated.ts';
import { deciderSpec, recorded } from '../../schemas/testing.ts';
import { requested } from './fixtures.ts';
import { scheduler } from './service.ts';

const { given } = deciderSpec(scheduler);
const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const FIRST = Date.UTC(2026, 0, 5, 5); // Monday at 6 in Berlin

const declared = (given: Partial<ScheduleRequested> = {}, revision = 1) =>
  newEvent('ScheduleDeclared', { ...requested(given).data, revision });
const removal = newEvent('ScheduleRemovalRequested', {
  schedule: 'weekly',
  reason: 'no longer',
  requestedBy: 'ada',
});
const due = (dueAt: number, revision = 1) => newEvent('ScheduleDue', { schedule: 'weekly', revision, dueAt });

const fold = (...events: readonly LoggedEvent[]) =>
  events.reduce(scheduler.evolve, scheduler.initialState(mapsInMemory()));

const SEALED = {
  ...{
    datasetId: 'd',
    model: 'topics',
    taskVersion: '1',
    extends: null,
    artifact: 'sha256:1',
    contentHash: 'c',
  },
  ...{
    seed: 42,
    split: 'auto',
    fold: 0,
    labels: [],
    problem: 'classification',
    train: 8,
    validation: 1,
    test: 1,
  },
  ...{
    profile: null,
    balance: {},
    sources: [],
    reference: [],
    minimumLabels: 1,
    labelTies: 'leave-out',
    relabelled: 0,
  },
};

/** What follows from a due time that is noticed then. */
function onDue(asked: Partial<ScheduleRequested>, dueAt: number, now: number): readonly NewEvent[] {
  const came = recorded(due(dueAt), 1, now);
  const state = fold(recorded(declared(asked), 0, START), came);
  return scheduler.decide(state, came);
}

describe('a request', () => {
  test('declares a schedule, and then its next revision', () => {
    given().when(requested()).thenExactly(declared());
    given(declared())
      .when(requested({ cron: '0 7 * * 1' }))
      .thenExactly(declared({ cron: '0 7 * * 1' }, 2));
  });

  test.each([
    [{ cron: '0 0 31 2 *' }, /never comes due/],
    [{ timeZone: 'Mars/Olympus' }, /no time zone/],
    [{ action: 'dance' }, /no action 'dance': name one of train, drift/],
    [{ model: null }, /drift needs model/],
    [{ action: 'collect', task: 'texts' }, /collect needs sourceName/],
    [
      { action: 'collect', task: 'texts', sourceName: 'in', folder: '/in', source: 'sha256:1' },
      /a file or a folder, not both/,
    ],
    [
      { action: 'collect', task: 'texts', sourceName: 'feed', days: 7, sinceTraining: true },
      /so many days, or what came since the last training, not both/,
    ],
    [{ misfire: 'later' }, /no policy 'later' for misfires/],
  ])('with %j is refused', (fault, reason) =>
    given()
      .when(requested(fault))
      .thenMatch({
        type: 'ScheduleRefused',
        data: { code: 'INPUT_INVALID', reason: expect.stringMatching(reason) },
      }),
  );

  test('ends a schedule that is there', () => {
    given(declared()).when(removal).thenMatch({ type: 'ScheduleRemoved' });
    given()
      .when(removal)
      .thenMatch({ type: 'ScheduleRefused', data: { code: 'NOT_FOUND' } });
  });
});

describe('a due time', () => {
  test('is the next one of the last revision; a schedule that has ended has none', () => {
    const timers = (...events: readonly NewEvent[]) =>
      scheduler.timers?.(fold(...events.map((event, i) => recorded(event, i, START)))) ?? [];
    expect(timers(declared())).toEqual([{ id: 'weekly/1', dueAt: FIRST, event: due(FIRST) }]);
    expect(timers(declared(), declared({ cron: '0 7 * * 1' }, 2))).toMatchObject([
      { id: 'weekly/2', dueAt: FIRST + HOUR_MS },
    ]);
    const removed = newEvent('ScheduleRemoved', removal.data);
    expect(timers(declared(), removed)).toEqual([]);
    expect(timers(declared(), removed, declared({}, 2))).toMatchObject([{ id: 'weekly/2' }]);
  });

  test.each([
    ['train', {}, 'TrainingPlanRequested', { model: 'topics', requestedBy: 'ada' }],
    ['drift', {}, 'DriftCheckRequested', { monitorId: 'topics/drift', reason: 'schedule weekly: as agreed' }],
    [
      'report',
      {},
      'ReportRequested',
      { reportId: 'weekly-2026-01-05T05:00:00.000Z', model: 'topics', kind: 'drift', requestedBy: 'ada' },
    ],
    [
      'collect',
      { task: 'texts', source: 'sha256:1', sourceName: 'texts.csv', days: 7 },
      'CollectionRequested',
      { collectionId: 'weekly-2026-01-05T05:00:00.000Z', from: '2025-12-29', to: '2026-01-05' },
    ],
    [
      'collect',
      { task: 'texts', sourceName: 'feed', options: { topic: 'logs' }, days: 7 },
      'RemoteCollectionRequested',
      {
        sourceName: 'feed',
        options: { topic: 'logs' },
        from: '2025-12-29',
        to: '2026-01-05',
        continues: null,
      },
    ],
    [
      'collect',
      { task: 'texts', sourceName: 'incoming', folder: '/data/incoming' },
      'FolderCollectionRequested',
      {
        collectionId: 'weekly-2026-01-05T05:00:00.000Z',
        task: 'texts',
        folder: '/data/incoming',
        requestedBy: 'ada',
      },
    ],
  ])('asks for %s', (action, asked, type, data) =>
    expect(onDue({ action, ...asked }, FIRST, FIRST + 10)).toMatchObject([{ type, data }]),
  );

  test('for labels asks the version that is in production then, and says where there is none', () => {
    const came = recorded(due(FIRST), 3, FIRST);
    const about = { model: 'topics', previous: null, runId: 'r', datasetId: 'd', evaluationId: 'e' };
    const why = { reason: 'better', requestedBy: 'registrar', policyVersion: 1 };
    const promoted = (version: string) =>
      newEvent('VersionPromoted', { ...about, ...why, version, package: `sha256:${version}` });
    const schedule = recorded(declared({ action: 'label' }), 0, START);
    const askedOf = (...before: readonly NewEvent[]) =>
      scheduler.decide(
        fold(schedule, ...before.map((event, i) => recorded(event, i + 1, START)), came),
        came,
      );
    expect(askedOf(promoted('v1.0.0'), promoted('v1.1.0'))).toMatchObject([
      {
        type: 'LabelQueueRequested',
        data: {
          ...{ queueId: 'weekly-2026-01-05T05:00:00.000Z', model: 'topics', version: 'v1.1.0' },
          ...{ package: 'sha256:v1.1.0', size: 200, includesLabelled: false, requestedBy: 'ada' },
        },
      },
    ]);
    const retired = newEvent('ModelRetired', { model: 'topics', version: 'v1.0.0', ...why });
    for (const before of [[], [promoted('v1.0.0'), retired]])
      expect(askedOf(...before)).toMatchObject([
        {
          type: 'ScheduleRefused',
          data: { code: 'NOT_FOUND', reason: expect.stringMatching(/no version of topics is in production/) },
        },
      ]);
  });

  test.each([
    ['texts', 0, '2025-12-30', 'the day before the last dataset of the task was sealed'],
    ['texts', 5, null, 'the beginning where only folds were'],
    ['others', 0, null, 'the beginning where that was of another task'],
  ])('after a training of %s, in %i folds, asks for what came since %o: %s', (task, folds, from, _) => {
    const sealed = newEvent('DatasetSealed', { ...SEALED, task, folds });
    const came = recorded(due(FIRST), 2, FIRST);
    const asked = { action: 'collect', task: 'texts', sourceName: 'feed', sinceTraining: true };
    const state = fold(
      recorded(declared(asked), 0, START),
      recorded(sealed, 1, Date.UTC(2025, 11, 31, 23)),
      came,
    );
    expect(scheduler.decide(state, came)).toMatchObject([
      { type: 'RemoteCollectionRequested', data: { from, to: null } },
    ]);
  });

  test('of an earlier revision, or of a schedule that has ended, asks for nothing', () => {
    given(declared(), declared({}, 2)).when(due(FIRST)).thenNothing();
    given(declared(), newEvent('ScheduleRemoved', removal.data)).when(due(FIRST)).thenNothing();
  });
});

describe('due times that passed while nothing ran', () => {
  const WEEK_MS = 7 * 24 * HOUR_MS;
  const late = FIRST + 3 * WEEK_MS + HOUR_MS;

  test.each([
    ['once', 3, ['ScheduleMisfired', 'DriftCheckRequested'], FIRST + 4 * WEEK_MS],
    ['skip', 4, ['ScheduleMisfired'], FIRST + 4 * WEEK_MS],
    ['all', 0, ['ScheduleMisfired', 'DriftCheckRequested'], FIRST + WEEK_MS],
  ])('by the policy %s', (misfire, skipped, follows, next) => {
    const events = onDue({ misfire }, FIRST, late);
    expect(events.map(({ type }) => type)).toEqual(follows);
    expect(events[0]).toMatchObject({ data: { lateMs: late - FIRST, skipped, misfire } });
    const state = fold(recorded(declared({ misfire }), 0, START), recorded(due(FIRST), 1, late));
    expect(scheduler.timers?.(state)).toMatchObject([{ dueAt: next }]);
  });
});
