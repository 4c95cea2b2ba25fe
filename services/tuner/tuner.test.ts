import { describe, expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec, play } from '../../schemas/testing.ts';
import {
  asked,
  cancelled,
  completed,
  declared,
  epoch,
  FILE,
  failed,
  SEARCH,
  sealed,
  stopAsked,
} from './fixtures.ts';
import { service, tuner } from './service.ts';

const spec = deciderSpec(tuner);
/** The model is declared and has a dataset. */
const given = (...events: readonly NewEvent[]) => spec.given(declared, sealed(), ...events);
/** What follows from events of others. */
const logOf = (...events: readonly NewEvent[]) =>
  play(tuner, service, [declared, sealed(), ...events]).log.filter(
    ({ data }) =>
      !events.some((given) => given.data === data) && data !== declared.data && !('labels' in data),
  );
const typesOf = (...events: readonly NewEvent[]) => logOf(...events).map(({ type }) => type);

describe('a request', () => {
  test('starts as many trials as may run at a time, on the newest dataset', () => {
    const [started, first, run, second] = logOf(
      sealed('d2'),
      asked('parallel_trials: 2\nbase_config: { patience: 5 }'),
    );
    expect(started).toMatchObject({
      type: 'SearchStarted',
      data: { datasetId: 'd2', engine: 'linear', metric: 'macroF1', direction: 'maximize', dueAt: null },
    });
    expect(first).toMatchObject({ type: 'TrialStarted', data: { trial: 1, runId: `${SEARCH}-1` } });
    expect(run).toMatchObject({
      type: 'TrainingRequested',
      data: {
        runId: `${SEARCH}-1`,
        searchId: SEARCH,
        seed: 7,
        params: { minDf: 3, patience: 5, c: expect.any(Number) },
      },
    });
    expect(second).toMatchObject({ type: 'TrialStarted', data: { trial: 2 } });
    expect(typesOf(asked('parallel_trials: 3')).filter((type) => type === 'TrialStarted')).toHaveLength(3);
  });

  test.each<[why: string, request: NewEvent<'SearchRequested'>, code: string, reason: RegExp]>([
    [
      'an unknown model',
      asked('', { file: FILE.replace('topics', 'topisc') }),
      'NOT_FOUND',
      /no model topisc; did you mean topics\?/,
    ],
    ['a dataset that was never sealed', asked('', { datasetId: 'd7' }), 'NOT_FOUND', /d7 was never sealed/],
    [
      'a dataset of another task',
      asked('', { datasetId: 'other' }),
      'CONFLICT',
      /other is of the task weather, but topics learns topics/,
    ],
    [
      'a file with a fault',
      asked('max_eval: 3'),
      'INPUT_INVALID',
      /max_eval is not known; did you mean max_evals\?/,
    ],
    [
      'a metric that no trial reports',
      asked('', { file: FILE.replace('macroF1', 'rmse') }),
      'INPUT_INVALID',
      /no trial reports 'rmse'/,
    ],
    [
      'a parameter that the engine does not have',
      asked('base_config: { minDF: 1 }'),
      'INPUT_INVALID',
      /no parameter 'minDF'/,
    ],
  ])('with %s is refused', (_why, request, code, reason) =>
    given(sealed('other', 'weather'))
      .when(request)
      .thenMatch({ type: 'SearchRefused', data: { code, reason: expect.stringMatching(reason) } }),
  );

  test('of a model without a dataset says how to seal one', () =>
    spec
      .given(declared)
      .when(asked())
      .thenMatch({
        type: 'SearchRefused',
        data: { reason: expect.stringContaining('dataset seal --model topics') },
      }));

  test('with an id that is taken is refused, also after that search', () => {
    const refused = (...before: readonly NewEvent[]) =>
      logOf(asked('max_evals: 1'), ...before, asked()).at(-1);
    for (const last of [refused(), refused(completed(1, { macroF1: 0.5 }))])
      expect(last).toMatchObject({ type: 'SearchRefused', data: { code: 'CONFLICT' } });
  });
});

test('the first trial has the hyperparameters in use, where they are in the space', () => {
  const first = (file: string) =>
    logOf(asked('', { file })).find((event) => event.type === 'TrialStarted')?.data.values;
  expect(first(FILE)).toEqual({ c: 0.5, ngram: 2 });
  expect(first(`${FILE}  minDf: { type: int, low: 1, high: 5, when: { ngram: 2 } }`)).toEqual({
    c: 0.5,
    ngram: 2,
    minDf: 3,
  });
  expect(first(`${FILE}  idfPower: { type: float, low: 3, high: 5, when: { ngram: 1 } }`)).toEqual({
    c: 0.5,
    ngram: 2,
  });
  expect(first(`${FILE}  idfPower: { type: float, low: 3, high: 5 }`)?.idfPower).toBeGreaterThanOrEqual(3);
});

describe('a trial', () => {
  test('that is completed has the value of the objective, and the next one starts', () => {
    const log = logOf(asked('max_evals: 2'), completed(1, { macroF1: 0.7, accuracy: 0.9 })).slice(-3);
    expect(log).toMatchObject([
      { type: 'TrialCompleted', data: { trial: 1, value: 0.7 } },
      { type: 'TrialStarted', data: { trial: 2 } },
      { type: 'TrainingRequested', data: { runId: `${SEARCH}-2` } },
    ]);
  });

  test('whose run fails, is cancelled, or reports no objective has failed, and the search goes on', () => {
    const log = logOf(
      asked(),
      failed(1),
      cancelled(2),
      completed(3, { macroF2: 1 }),
      completed(4, { macroF1: Number.NaN }),
    );
    expect(log.filter(({ type }) => type === 'TrialFailed')).toMatchObject([
      { data: { trial: 1, code: 'TRAINING_FAILED', reason: 'no memory' } },
      { data: { trial: 2, code: 'CANCELLED' } },
      {
        data: { trial: 3, reason: "the run reports no macroF1, did you mean 'macroF2'?; it reports macroF2" },
      },
      { data: { trial: 4, reason: 'macroF1 is NaN' } },
    ]);
    expect(log.at(-2)).toMatchObject({ type: 'TrialStarted', data: { trial: 5 } });
  });

  test('that reports no metric of the user ends the search, since no other one would', () => {
    const own = FILE.replace('macroF1', 'custom.cost\ndirection: minimize');
    const log = logOf(asked('', { file: own }), completed(1, { accuracy: 0.9 })).slice(-2);
    expect(log).toMatchObject([
      { type: 'TrialFailed', data: { trial: 1, code: 'INPUT_INVALID' } },
      {
        type: 'SearchCompleted',
        data: { outcome: 'failures', reason: expect.stringContaining('EPOCHLOG_METRICS names the folder') },
      },
    ]);
    const measured = logOf(asked('', { file: own }), completed(1, { accuracy: 0.9, 'custom.cost': 30 }));
    expect(measured.at(-3)).toMatchObject({ type: 'TrialCompleted', data: { value: 30 } });
  });

  test('that is worse than the others at its epoch is pruned: its run is cancelled, the next one starts', () => {
    const pruner = 'pruner: { kind: median, startup_trials: 1, warmup_steps: 0 }';
    const log = logOf(
      asked(pruner),
      epoch(1, 1, 0.5),
      completed(1, { macroF1: 0.6 }),
      epoch(2, 1, 0.4),
    ).slice(-5);
    expect(log).toMatchObject([
      { type: 'TrialReported', data: { trial: 2, step: 1, value: 0.4 } },
      { type: 'TrialPruned', data: { trial: 2, step: 1, value: 0.4 } },
      { type: 'RunCancelRequested', data: { runId: `${SEARCH}-2` } },
      { type: 'TrialStarted', data: { trial: 3 } },
      { type: 'TrainingRequested' },
    ]);
  });

  test('that has ended is not told of again, nor are runs of others', () => {
    const known = logOf(asked(), failed(1));
    expect(logOf(asked(), failed(1), completed(1, { macroF1: 1 }), epoch(1, 2, 0.5), epoch(9, 1, 1))).toEqual(
      known,
    );
  });
});

describe('a trial in folds', () => {
  const folds = 'folds: 3\nmax_evals: 2\npruner: { kind: median, startup_trials: 1, warmup_steps: 0 }';
  const fold = (trial: number, number: number, macroF1: number) => completed(trial, { macroF1 }, number);
  const first = [asked(folds), fold(1, 1, 0.6), fold(1, 2, 0.8), fold(1, 3, 0.7)];

  test('is trained in one after the other, and has their mean as its value', () => {
    const log = logOf(...first);
    const runs = log.filter((event) => event.type === 'TrainingRequested').slice(0, 3);
    const fold = (number: number) => ({ number, of: 3, foldKind: 'hash', column: null, seed: 0 });
    expect(runs.map(({ data }) => [data.runId, data.fold])).toEqual([
      [`${SEARCH}-1-1`, fold(1)],
      [`${SEARCH}-1-2`, fold(2)],
      [`${SEARCH}-1-3`, fold(3)],
    ]);
    const values = log.flatMap(({ type, data }) => (type === 'TrialReported' ? [data.value] : []));
    expect(values.map((value) => Number(value.toFixed(9)))).toEqual([0.6, 0.7, 0.7]);
    expect(log.find(({ type }) => type === 'TrialCompleted')?.data).toMatchObject({
      trial: 1,
      value: expect.closeTo(0.7, 9),
    });
    expect(log.at(-1)).toMatchObject({ type: 'TrainingRequested', data: { runId: `${SEARCH}-2-1` } });
  });

  test('is pruned after a fold, and its epochs are no reports', () => {
    const log = logOf(...first, epoch(2, 1, 0.1), fold(2, 1, 0.5)).slice(-3);
    expect(log).toMatchObject([
      { type: 'TrialReported', data: { trial: 2, step: 1, value: 0.5 } },
      { type: 'TrialPruned', data: { trial: 2, step: 1 } },
      { type: 'SearchCompleted', data: { best: 1, completed: 1, pruned: 1 } },
    ]);
  });

  test('fails when one of its runs does', () => {
    expect(logOf(asked(folds), fold(1, 1, 0.6), failed(1, 2)).slice(-3)).toMatchObject([
      { type: 'TrialFailed', data: { trial: 1 } },
      { type: 'TrialStarted', data: { trial: 2 } },
      { type: 'TrainingRequested' },
    ]);
  });
});

describe('a search ends', () => {
  test('after its trials, with the parameters of the best', () => {
    const log = logOf(
      asked('max_evals: 3'),
      completed(1, { macroF1: 0.7 }),
      completed(2, { macroF1: 0.8 }),
      failed(3),
    );
    const best = log.find(({ type, data }) => type === 'TrialStarted' && data.trial === 2);
    expect(log.at(-1)).toMatchObject({
      type: 'SearchCompleted',
      data: { outcome: 'trials', best: 2, value: 0.8, completed: 2, pruned: 0, failed: 1 },
    });
    expect(log.at(-1)?.data).toMatchObject({ params: { minDf: 3, ...Object(best?.data).values } });
  });

  test('when a grid has no more to try', () => {
    const grid = asked('sampler: { kind: grid, points: 1 }');
    const log = logOf(grid, completed(1, { macroF1: 0.7 }), completed(2, { macroF1: 0.6 }));
    expect(log.at(-1)).toMatchObject({
      type: 'SearchCompleted',
      data: { outcome: 'exhausted', completed: 2 },
    });
  });

  test('when ten trials have failed one after the other', () => {
    const fail = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, at) => failed(from + at));
    expect(typesOf(asked(), ...fail(1, 9))).not.toContain('SearchCompleted');
    expect(typesOf(asked(), ...fail(1, 9), completed(10, { macroF1: 0.5 }), ...fail(11, 19))).not.toContain(
      'SearchCompleted',
    );
    expect(logOf(asked(), ...fail(1, 10)).at(-1)).toMatchObject({
      type: 'SearchCompleted',
      data: {
        outcome: 'failures',
        best: null,
        value: null,
        params: {},
        reason: expect.stringContaining('no memory'),
      },
    });
  });

  test.each<[string, NewEvent, string]>([
    ['on request', stopAsked, 'stopped'],
    [
      'when its time is over',
      newEvent('SearchTimeLimitReached', { searchId: SEARCH, dueAt: 1 }),
      'time_limit',
    ],
  ])('%s, and cancels what still runs', (_why, end, outcome) => {
    const log = logOf(asked('parallel_trials: 2\ntime_limit: 1h'), completed(1, { macroF1: 0.7 }), end).slice(
      -5,
    );
    expect(log).toMatchObject([
      { type: 'TrialFailed', data: { trial: 2, code: 'CANCELLED' } },
      { type: 'RunCancelRequested', data: { runId: `${SEARCH}-2` } },
      { type: 'TrialFailed', data: { trial: 3 } },
      { type: 'RunCancelRequested' },
      { type: 'SearchCompleted', data: { outcome, best: 1, completed: 1, failed: 2 } },
    ]);
  });

  test('and plans a training with the best parameters, when it was asked for', () => {
    const log = logOf(asked('max_evals: 1', { train: true }), completed(1, { macroF1: 0.7 }));
    expect(log.at(-1)).toMatchObject({
      type: 'TrainingPlanRequested',
      data: {
        model: 'topics',
        engine: 'linear',
        promote: true,
        requestedBy: 'tuner',
        params: Object(log.at(-2)?.data).params,
      },
    });
    expect(typesOf(asked('max_evals: 1', { train: true }), failed(1))).not.toContain('TrainingPlanRequested');
  });

  test('once: another request to stop it is refused, and one for a search that is not there', () => {
    const log = logOf(asked('max_evals: 1'), completed(1, { macroF1: 0.7 }), stopAsked);
    expect(log.at(-1)).toMatchObject({ type: 'SearchRefused', data: { code: 'CONFLICT' } });
    expect(logOf(stopAsked).at(-1)).toMatchObject({ type: 'SearchRefused', data: { code: 'NOT_FOUND' } });
  });
});

test('the time of a search is a timer, until it is over', () => {
  const state = (...events: readonly NewEvent[]) =>
    play(tuner, service, [declared, sealed(), asked('time_limit: 90s'), ...events]);
  const [timer, ...others] = tuner.timers!(state().state);
  expect(others).toEqual([]);
  expect(timer?.event).toMatchObject({
    type: 'SearchTimeLimitReached',
    data: { searchId: SEARCH, dueAt: timer!.dueAt },
  });
  expect(tuner.timers!(state(stopAsked).state)).toEqual([]);
});
