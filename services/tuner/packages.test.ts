import { expect, test } from 'vitest';
import { MIN_AGE_MS } from '../../kernel/ports/artifacts.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { play } from '../../schemas/testing.ts';
import { asked, completed, declared, failed, SEARCH, sealed } from './fixtures.ts';
import { service, tuner } from './service.ts';

const FIVE = 'max_evals: 5\npruner: none\n';
/** Of the first, which has the parameters in use, and of four others. */
const VALUES = [0.2, 0.5, 0.3, 0.6, 0.4];

function ended(file: string, ...runs: readonly NewEvent[]) {
  const { state, log } = play(tuner, service, [declared, sealed(), asked(file), ...runs]);
  expect(log.some(({ type }) => type === 'SearchCompleted')).toBe(true);
  return { state, log, timers: tuner.timers!(state) };
}

const trials = (values: readonly number[]) => values.map((macroF1, at) => completed(at + 1, { macroF1 }));
const runs = (...numbers: readonly number[]) => numbers.map((number) => `${SEARCH}-${number}`);

test.each([
  ['', [1, 2, 4, 5], runs(3)],
  ['keep_trials: 1', [1, 4], runs(2, 3, 5)],
  ['keep_trials: 9', [1, 2, 3, 4, 5], undefined],
  ['keep_trials: all', [1, 2, 3, 4, 5], undefined],
])(
  'after a search with %s the packages of its best trials and of the one in use stay',
  (rule, kept, released) => {
    const { timers, log } = ended(FIVE + rule, ...trials(VALUES));
    const end = log.find(({ type }) => type === 'SearchCompleted')!;
    const due = end.time + MIN_AGE_MS;
    const event = { type: 'TrialPackagesReleased', data: { searchId: SEARCH, dueAt: due, kept, released } };
    expect(timers).toEqual(released ? [{ id: `${SEARCH}/packages`, dueAt: due, event }] : []);
  },
);

test('those of the others are asked to be deleted, once, and are no rivals any more', () => {
  const { state, timers } = ended(`${FIVE}keep_trials: 1`, ...trials(VALUES));
  const { log } = play(tuner, service, [
    ...[declared, sealed(), asked(`${FIVE}keep_trials: 1`), ...trials(VALUES)],
    timers[0]!.event,
  ]);
  expect(log.slice(-3).map(({ type, data }) => [type, data])).toEqual(
    runs(2, 3, 5).map((runId) => [
      'PackageDeletionRequested',
      { runId, requestedBy: 'tuner', reason: `search ${SEARCH} keeps the packages of the trials 1, 4` },
    ]),
  );
  const after = tuner.evolve(state, log.at(-4)!);
  expect(tuner.timers!(after)).toEqual([]);
  const packages = after.ended.get(SEARCH)!.trials.map((trial) => trial.package);
  expect(packages).toEqual(['sha256:p', undefined, undefined, 'sha256:p', undefined]);
});

test('of a trial that is kept the package of its last fold stays, of one that failed none', () => {
  const inFolds = (trial: number, ...values: readonly number[]) =>
    values.map((macroF1, at) => completed(trial, { macroF1 }, at + 1));
  const { timers } = ended(
    'max_evals: 3\nfolds: 3\npruner: none\nkeep_trials: 1',
    ...[...inFolds(1, 0.5, 0.6, 0.7), ...inFolds(2, 0.1, 0.2), failed(2, 3), ...inFolds(3, 0.3, 0.3, 0.3)],
  );
  expect(timers[0]!.event.data).toMatchObject({
    kept: [1],
    released: [...runs(1), ...runs(1), ...runs(2), ...runs(2), ...runs(3), ...runs(3), ...runs(3)].map(
      (run, at) => `${run}-${[1, 2, 1, 2, 1, 2, 3][at]}`,
    ),
  });
});

test('parameters that were adopted meanwhile are those in use', () => {
  const { log } = ended(`${FIVE}keep_trials: 1`, ...trials(VALUES));
  const third = log.filter((event) => event.type === 'TrialStarted')[2]!.data;
  const adopted = newEvent('ParametersAdopted', {
    ...{
      searchId: 'other',
      model: 'topics',
      engine: 'linear',
      trial: 7,
      params: { minDf: 3, ...third.values },
    },
    ...{ metric: 'macroF1', value: 0.7, rival: 0.6, samples: 10, pValue: null },
    ...{ evaluationId: 'e', reason: 'better' },
  });
  const { timers } = ended(`${FIVE}keep_trials: 1`, ...trials(VALUES), adopted);
  expect(timers[0]!.event.data).toMatchObject({ kept: [3, 4] });
});
