import { describe, expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec, play } from '../../schemas/testing.ts';
import { asked, declared, evaluated, failed, ID, MODEL, sealed, trained } from './fixtures.ts';
import { crossvalidator, service } from './service.ts';

const spec = deciderSpec(crossvalidator);
const logOf = (...events: readonly NewEvent[]) =>
  play(crossvalidator, service, [declared, sealed(), ...events]).log.filter(
    ({ data }) => ![declared, ...events].some((given) => given.data === data) && !('labels' in data),
  );

describe('a cross-validation', () => {
  test('asks for a training of each fold, of the newest dataset, with the parameters of the model', () => {
    const [started, ...trainings] = logOf(sealed('d2'), asked());
    expect(started).toMatchObject({
      type: 'CrossValidationStarted',
      data: { datasetId: 'd2', engine: 'linear', seed: 7, params: { minDf: 3, c: 2 } },
    });
    expect(trainings).toMatchObject(
      [1, 2, 3].map((number) => ({
        type: 'TrainingRequested',
        data: {
          ...{ runId: `${ID}-f${number}`, datasetId: 'd2', searchId: ID },
          fold: { number, of: 3, foldKind: 'stratified', column: null, seed: 7 },
        },
      })),
    );
  });

  test('measures each model on the fold that it did not learn from, and sums up, whatever order they end in', () => {
    const values = new Map([
      [2, 0.8],
      [3, 0.7],
      [1, 0.9],
    ]);
    const events = [...values].flatMap(([fold, accuracy]) => [
      trained(fold),
      evaluated(fold, { accuracy, logLoss: 1, ...(fold === 1 && { rocAuc: 0.5 }) }),
    ]);
    const log = logOf(asked(), ...events, evaluated(1, { accuracy: 0 }));
    expect(log.filter(({ type }) => type === 'EvaluationRequested')).toMatchObject(
      [2, 3, 1].map((number) => ({
        data: { package: `sha256:p${number}`, runId: null, fold: { number, of: 3, seed: 7 } },
      })),
    );
    const [completed, ...others] = log.filter(({ type }) => type === 'CrossValidationCompleted');
    expect(others).toEqual([]);
    expect(completed?.data).toMatchObject({
      ...{ samples: 30, primaryMetric: 'accuracy' },
      summary: [
        { metric: 'accuracy', mean: expect.closeTo(0.8), std: expect.closeTo(0.1), perFold: [0.9, 0.8, 0.7] },
        { metric: 'logLoss', mean: 1, std: 0, min: 1, max: 1 },
      ],
    });
  });

  test('fails with the first fold that fails; the trainings that still run are cancelled', () => {
    const log = logOf(asked(), trained(1), evaluated(1, { accuracy: 1 }), failed(2), failed(3));
    expect(log.slice(4)).toMatchObject([
      { type: 'EvaluationRequested' },
      { type: 'FoldMeasured' },
      {
        type: 'CrossValidationFailed',
        data: { code: 'INPUT_INVALID', reason: 'fold 2: s1 has no seats' },
      },
      { type: 'RunCancelRequested', data: { runId: `${ID}-f3` } },
    ]);
  });

  test('ends when one of its runs is cancelled', () => {
    const cancelled = newEvent('RunCancelled', {
      ...{ runId: `${ID}-f1`, model: MODEL, requestId: 'q', reason: 'wrong', requestedBy: 'bob' },
    });
    expect(logOf(asked(), cancelled).slice(4)).toMatchObject([
      { type: 'CrossValidationFailed', data: { code: 'CANCELLED' } },
      { type: 'RunCancelRequested' },
      { type: 'RunCancelRequested' },
    ]);
  });

  test.each<[why: string, request: NewEvent<'CrossValidationRequested'>, code: string, reason: RegExp]>([
    ['an unknown model', asked({ model: 'topisc' }), 'NOT_FOUND', /did you mean topics\?/],
    ['a dataset that was never sealed', asked({ datasetId: 'd7' }), 'NOT_FOUND', /d7 was never sealed/],
    ['one fold', asked({ folds: 1 }), 'INPUT_INVALID', /2 to 20 folds, not 1/],
    ['groups of no column', asked({ foldKind: 'grouped' }), 'INPUT_INVALID', /they need one/],
    ['a column without groups', asked({ column: 'plane' }), 'INPUT_INVALID', /a column is of grouped folds/],
    ['an unknown kind', asked({ foldKind: 'loo' }), 'INPUT_INVALID', /random, stratified, grouped, time/],
    ['a wrong parameter', asked({ params: { minDf: 'many' } }), 'INPUT_INVALID', /minDf/],
    ['an unknown engine', asked({ engine: 'liner' }), 'ENGINE_UNKNOWN', /liner/],
  ])('is refused: %s', (_, request, code, reason) => {
    const refused = { type: 'CrossValidationRefused', data: { code, reason: expect.stringMatching(reason) } };
    expect(spec.given(declared, sealed()).when(request).decide()).toMatchObject([refused]);
  });

  test('is refused under an id that is taken, and where there is no dataset', () => {
    expect(logOf(asked(), failed(1), asked()).at(-1)?.data).toMatchObject({ code: 'CONFLICT' });
    expect(spec.given(declared).when(asked()).decide()).toMatchObject([
      { data: { code: 'NOT_FOUND', reason: expect.stringMatching(/dataset seal --model topics/) } },
    ]);
  });
});
