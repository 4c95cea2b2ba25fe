import { describe, expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import { monitorKinds } from '../../ml/monitors.ts';
import { type LoggedEvent, type NewEvent, newEvent, type Timer } from '../../schemas/catalogue.ts';
import { FAILED_DIRECT } from '../../schemas/predictions/direct.ts';
import { recorded } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { evaluated, outcome, promoted, retired, right, sealed, served, times } from './fixtures.ts';
import { monitor, service } from './service.ts';
import type { MonitorState } from './state.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 86_400 * SECOND;
const NOW = 1_700_000_000_000;
/** A policy with this monitor alone. */
const ONLY = (kind: string, said = '') =>
  `monitors: { ${monitorKinds()
    .map((name) => `${name}: ${name === kind ? said : null}`)
    .join(', ')} }\nquality: { margin: 1 }\ndrift: { psi: 100 }`;

/** A decider with a clock: events come at a time, and its timers fire when they are due. */
function play(policy: string) {
  const decider = monitor(1_000);
  let state: MonitorState = decider.initialState(mapsInMemory());
  const log: LoggedEvent[] = [];
  const take = (event: NewEvent, time: number): void => {
    const logged = recorded(event, log.length, time);
    log.push(logged);
    const reacts = service.reactsTo.includes(event.type);
    for (const next of reacts ? decider.decide(state, logged as never) : []) take(next, time);
    state = decider.evolve(state, logged);
  };
  const fire = (until: number, isLate = false): void => {
    for (;;) {
      const due = (decider.timers?.(state) ?? [])
        .filter(({ dueAt }: Timer) => dueAt <= until)
        .sort((a: Timer, b: Timer) => a.dueAt - b.dueAt)[0];
      if (!due) return;
      // the runtime folds a fact of its own before it reacts to it
      const now = isLate ? until : due.dueAt;
      const logged = recorded(due.event, log.length, now);
      log.push(logged);
      state = decider.evolve(state, logged);
      for (const next of decider.decide(state, logged as never)) take(next, now);
    }
  };
  const at = (time: number, ...events: readonly NewEvent[]) => {
    fire(time);
    for (const event of events) take(event, time);
  };
  at(NOW - MINUTE, policyChanged('topics', policy), sealed, evaluated, promoted('v1.0.0'));
  return {
    at,
    /** Nothing ran until then: timers fire late. */
    resumes: (time: number) => fire(time, true),
    of: (type: NewEvent['type']) => log.filter((event) => event.type === type),
    /** What was asked for, the last one at the end. */
    get asked() {
      return log.flatMap(({ type, data }) => (type === 'MeasurementRequested' ? [data] : []));
    },
    /** The next look of all, milliseconds since the epoch. */
    get due() {
      return Math.min(...(decider.timers?.(state) ?? []).map(({ dueAt }: Timer) => dueAt));
    },
    /** Answers the measurement that was asked for last. */
    answer(rows: object[], time: number) {
      const { measurementId, model, query, parameters } = this.asked.at(-1)!;
      const completed = {
        measurementId,
        model,
        query,
        queryDigest: 'q',
        parameters,
        ranges: [],
        rows: JSON.stringify(rows),
      };
      at(time, newEvent('MeasurementCompleted', completed));
    },
    get changes() {
      return log.flatMap(({ type }) => (type === 'AlertRaised' || type === 'AlertResolved' ? [type] : []));
    },
  };
}

const failed = newEvent('PredictionFailed', {
  requestId: 'f',
  instanceId: null,
  model: 'topics',
  version: 'v1.0.0',
  ...FAILED_DIRECT,
  route: 'predict',
  code: 'INFERENCE_FAILED',
  reason: 'broken',
});

describe('a monitor of traffic', () => {
  const errors = ONLY('errorRate', '{ limit: 0.05, clearAfter: 2 }');

  test('looks once a minute at the last five, when there were 50 predictions', () => {
    const world = play(errors);
    world.at(NOW, ...times(49, served));
    expect(world.due).toBe(Number.POSITIVE_INFINITY);
    world.at(NOW + SECOND, failed);
    expect(world.due).toBeGreaterThanOrEqual(NOW + MINUTE - 10 * SECOND);
    world.at(NOW + 2 * MINUTE);
    const [asked, ...others] = world.of('MeasurementRequested');
    expect(others).toEqual([]);
    expect(asked).toMatchObject({
      data: {
        query: 'monitors/error-rate',
        streams: ['predictions'],
        parameters: { model: 'topics', version: 'v1.0.0' },
      },
    });
    const { since, before } = world.asked[0]!.parameters;
    expect(Number(before) - Number(since)).toBe(5 * MINUTE);
    world.at(NOW + 30 * MINUTE, ...times(49, served, 50));
    expect(world.of('MeasurementRequested')).toHaveLength(1);
  });

  test('raises one alert, which two good looks in a row resolve', () => {
    const world = play(errors);
    const look = (minute: number, failures: number) => {
      world.at(NOW + minute * MINUTE, ...times(100, served, 100 * minute));
      world.at(world.due);
      world.answer([{ predictions: 100, failures }], NOW + (minute + 2) * MINUTE);
    };
    look(0, 30);
    expect(world.of('AlertRaised')).toMatchObject([
      {
        data: {
          monitorId: 'topics/errorRate',
          alertId: 'topics/errorRate/1',
          cause: 'errorRate',
          severity: 'critical',
          value: 0.3,
          limit: 0.05,
          samples: 100,
          measurementId: 'topics-errorRate-1',
          reason: expect.stringMatching(/^30 of 100 predictions failed, 30\.0 % \(limit 5\.0 %, p /),
        },
      },
    ]);
    look(10, 40); // beyond the limit: it is raised already
    look(20, 1);
    look(30, 5); // neither
    look(40, 2);
    expect(world.changes).toEqual(['AlertRaised']);
    look(50, 0);
    expect(world.changes).toEqual(['AlertRaised', 'AlertResolved']);
    look(60, 50);
    expect(world.of('AlertRaised').at(-1)).toMatchObject({ data: { alertId: 'topics/errorRate/2' } });
  });

  test('says nothing of a share that chance gives, nor of too few', () => {
    const world = play(errors);
    world.at(NOW, ...times(60, served));
    world.at(world.due);
    world.answer([{ predictions: 60, failures: 4 }], NOW + 2 * MINUTE);
    world.at(NOW + 10 * MINUTE, ...times(60, served, 100));
    world.at(world.due);
    world.answer([{ predictions: 40, failures: 40 }], NOW + 12 * MINUTE);
    expect(world.changes).toEqual([]);
  });

  test('waits for as many looks as the policy says', () => {
    const world = play(ONLY('errorRate', '{ limit: 0.05, raiseAfter: 2 }'));
    for (const minute of [0, 10]) {
      expect(world.changes).toEqual([]);
      world.at(NOW + minute * MINUTE, ...times(60, served, 100 * minute));
      world.at(world.due);
      world.answer([{ predictions: 60, failures: 60 }], NOW + (minute + 2) * MINUTE);
    }
    expect(world.changes).toEqual(['AlertRaised']);
  });

  test('is not asked again while an answer is outstanding, but after ten minutes', () => {
    const world = play(errors);
    for (let minute = 0; minute < 15; minute++)
      world.at(NOW + minute * MINUTE, ...times(60, served, 60 * minute));
    expect(world.of('MeasurementRequested')).toHaveLength(2);
  });

  test('an answer that nobody asked for decides nothing', () => {
    const world = play(errors);
    world.at(NOW, ...times(60, served));
    world.at(world.due);
    world.answer([{ predictions: 60, failures: 0 }], NOW + 2 * MINUTE);
    world.answer([{ predictions: 60, failures: 60 }], NOW + 3 * MINUTE);
    expect(world.changes).toEqual([]);
  });

  test('of a version that leaves starts anew, and its alert is resolved', () => {
    const world = play(errors);
    world.at(NOW, ...times(60, served));
    world.at(world.due);
    world.answer([{ predictions: 60, failures: 60 }], NOW + 2 * MINUTE);
    world.at(NOW + 3 * MINUTE, promoted('v1.1.0', 'v1.0.0'));
    expect(world.changes).toEqual(['AlertRaised', 'AlertResolved']);
    world.at(NOW + 4 * MINUTE, retired);
    world.at(NOW + 5 * MINUTE, ...times(60, served, 100));
    expect(world.due).toBe(Number.POSITIVE_INFINITY);
  });

  test('that the policy has no longer resolves its alert', () => {
    const world = play(errors);
    world.at(NOW, ...times(60, served));
    world.at(world.due);
    world.answer([{ predictions: 60, failures: 60 }], NOW + 2 * MINUTE);
    world.at(NOW + 3 * MINUTE, policyChanged('topics', ONLY('none')));
    expect(world.of('AlertResolved')).toMatchObject([
      { data: { reason: expect.stringContaining('no longer') } },
    ]);
  });
});

test('calibration is looked at each time enough outcomes have come', () => {
  const world = play(ONLY('calibration', '{ limit: 0.1, minimumSamples: 50 }'));
  world.at(NOW, ...times(60, served), ...times(49, right));
  expect(world.due).toBe(Number.POSITIVE_INFINITY);
  world.at(NOW + SECOND, right(49));
  world.at(NOW + SECOND);
  expect(world.of('MeasurementRequested')).toMatchObject([
    { data: { query: 'monitors/calibration', streams: ['predictions', 'outcomes'] } },
  ]);
});

test('predictions that end are noticed, and their return resolves it', () => {
  const world = play(ONLY('freshness', '{ limit: 2h }'));
  world.at(NOW, served(1));
  expect(world.due).toBe(NOW + 120 * MINUTE);
  world.at(NOW + 120 * MINUTE);
  world.answer([{ predictions: 1, silentMs: 120 * MINUTE }], NOW + 121 * MINUTE);
  expect(world.of('AlertRaised')).toMatchObject([{ data: { reason: 'no prediction for 2 h (limit 2 h)' } }]);
  world.at(NOW + 200 * MINUTE, served(2));
  expect(world.changes).toEqual(['AlertRaised', 'AlertResolved']);
  expect(world.due).toBe(NOW + 320 * MINUTE);
});

test('after a year in which nothing ran a monitor looks once, not for each time it missed', () => {
  const { at, resumes, of } = play(ONLY('freshness', '{ limit: 1h }'));
  at(NOW, ...times(3, served));
  resumes(NOW + 365 * DAY);
  expect(of('MonitorDue')).toHaveLength(1);
  expect(of('MeasurementRequested')).toHaveLength(1);
});

test('a window after a busy one is compared with the usual one', () => {
  const world = play(ONLY('volume', '{ limit: 0.2, window: 1d, minimumSamples: 10 }'));
  const day = Math.ceil(NOW / DAY);
  world.at(day * DAY, ...times(9, served));
  expect(world.due).toBe(Number.POSITIVE_INFINITY);
  world.at(day * DAY + 1, served(9));
  expect(world.due).toBe((day + 2) * DAY);
  world.at((day + 2) * DAY);
  world.answer([{ predictions: 3, before: [90, 100, 20] }], (day + 2) * DAY + 1);
  expect(world.of('AlertRaised')).toMatchObject([
    { data: { value: 3 / 90, reason: '3 predictions in the window, 3.3 % of the usual 90 (limit 20.0 %)' } },
  ]);
});

test('a version that is too old raises an alert, until another is in production', () => {
  const world = play(ONLY('age', '{ limit: 30d }'));
  world.at(NOW + 31 * DAY);
  expect(world.of('AlertRaised')).toMatchObject([
    { data: { cause: 'age', version: 'v1.0.0', severity: 'warning' } },
  ]);
  expect(world.due).toBe(Number.POSITIVE_INFINITY);
  world.at(NOW + 32 * DAY, promoted('v1.1.0', 'v1.0.0'));
  expect(world.changes).toEqual(['AlertRaised', 'AlertResolved']);
  world.at(NOW + 33 * DAY, promoted('v1.0.0', 'v1.1.0')); // which is no younger now
  expect(world.of('AlertRaised')).toHaveLength(2);
});

test('concept drift raises an alert when answers get worse, and a fall of the errors resolves it', () => {
  const world = play(ONLY('conceptDrift', '{ limit: 0.02 }'));
  const say = (from: number, count: number, wrong: (i: number) => boolean) =>
    world.at(
      NOW,
      ...times(count, served, from),
      ...times(count, (i) => (wrong(i) ? outcome(i, 'c') : right(i)), from),
    );
  say(0, 300, (i) => i % 10 === 0);
  expect(world.of('ConceptDriftDetected')).toEqual([]);
  say(300, 300, (i) => i % 2 === 0);
  expect(world.of('AlertRaised')).toMatchObject([
    {
      data: {
        cause: 'conceptDrift',
        reason: expect.stringMatching(/% of the answers are wrong, 10\.\d % before \(adwin/),
      },
    },
  ]);
  say(600, 300, (i) => i % 10 === 0);
  expect(world.changes).toEqual(['AlertRaised', 'AlertResolved']);
});
