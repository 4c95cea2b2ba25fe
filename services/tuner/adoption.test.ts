import { describe, expect, test } from 'vitest';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { EvaluationCompleted } from '../../schemas/events.generated.ts';
import { play } from '../../schemas/testing.ts';
import { asked, completed, declared, FILE, MODEL, SEARCH, sealed } from './fixtures.ts';
import { service, tuner } from './service.ts';

const adopt = (searchId = SEARCH): NewEvent<'AdoptionRequested'> =>
  newEvent('AdoptionRequested', { searchId, reason: 'why not', requestedBy: 'ada' });

/** The trials of a search with these values of its objective; the first has the parameters in use. */
const searched = (...values: readonly number[]) => [
  asked(`max_evals: ${values.length}`),
  ...values.map((macroF1, index) => completed(index + 1, { macroF1 })),
];

const evaluated = (own: Record<string, number>, rival: Record<string, number>): NewEvent =>
  newEvent('EvaluationCompleted', {
    ...{ evaluationId: `${SEARCH}-adoption`, model: MODEL, version: null, runId: null, package: 'sha256:p' },
    ...{ modelHash: null, datasetId: 'd1', data: null, samples: 100, primaryMetric: 'accuracy' },
    ...{ metrics: own, standardErrors: {}, perClass: [], confusion: [], coverage: [], reference: [] },
    ...{
      seconds: 1,
      inTraining: null,
      trainingIncluded: false,
      unknownTarget: 0,
      unreadable: 0,
      firstFault: null,
      operational: {},
    },
    baseline: {
      ...{ version: 'trial 1', package: 'sha256:p', metrics: rival },
      operational: {},
      pairedRecent: [],
      paired: [{ metric: 'accuracy', mean: -0.1, standardError: 0.05, pValue: 0.02 }],
    },
  } as Partial<EvaluationCompleted> as EvaluationCompleted);

/** The last events of the tuner in a log. */
const last = (...events: readonly NewEvent[]) =>
  play(tuner, service, [declared, sealed(), ...events]).log.at(-1);

describe('the best parameters of a search', () => {
  test('are measured on the test split beside those in use, with the packages of the trials', () => {
    expect(last(...searched(0.6, 0.7, 0.65), adopt())).toMatchObject({
      type: 'EvaluationRequested',
      data: {
        ...{ evaluationId: `${SEARCH}-adoption`, datasetId: 'd1', package: 'sha256:p', runId: null },
        baseline: { version: 'trial 1', package: 'sha256:p' },
      },
    });
  });

  test('are adopted when they are better, which the next search begins with', () => {
    const events = [...searched(0.6, 0.7), adopt(), evaluated({ macroF1: 0.71 }, { macroF1: 0.62 })];
    const { log } = play(tuner, service, [declared, sealed(), ...events]);
    const adopted = log.findLast(({ type }) => type === 'ParametersAdopted')!;
    expect(adopted.data).toMatchObject({
      ...{
        searchId: SEARCH,
        trial: 2,
        metric: 'macroF1',
        value: 0.71,
        rival: 0.62,
        samples: 100,
        pValue: null,
      },
      reason: expect.stringMatching(
        /^macroF1 71\.00 % against 62\.00 % of the parameters in use \(trial 1\)/,
      ),
    });
    const { c, ngram } = (adopted.data as { params: Record<string, unknown> }).params;
    const again = asked('', { searchId: 'topics-s2' });
    expect(
      play(tuner, service, [declared, sealed(), ...events, again]).log.findLast(
        ({ type, data }) => type === 'TrialStarted' && 'trial' in data && data.trial === 1,
      ),
    ).toMatchObject({ data: { searchId: 'topics-s2', values: { c, ngram } } });
    expect(last(...events, adopt())).toMatchObject({
      data: { code: 'CONFLICT', reason: expect.stringContaining('are the best of topics-s1 already') },
    });
  });

  test('stay out when they are not better on the test split; the primary metric decides where it has no objective', () => {
    const trials = [...searched(0.6, 0.7), adopt()];
    expect(last(...trials, evaluated({ macroF1: 0.62 }, { macroF1: 0.62 }))).toMatchObject({
      type: 'AdoptionRefused',
      data: { reason: expect.stringContaining('trial 2 is not better: macroF1 62.00 % against 62.00 %') },
    });
    expect(last(...trials, evaluated({ accuracy: 0.7 }, { accuracy: 0.6 }))).toMatchObject({
      type: 'ParametersAdopted',
      data: { metric: 'accuracy', pValue: 0.02 },
    });
  });

  test('by a metric of the user are those with the value that the search says is better', () => {
    const file = FILE.replace('macroF1', 'custom.cost\ndirection: minimize');
    const trials = [
      asked('', { file: `${file}max_evals: 2\n` }),
      completed(1, { 'custom.cost': 90 }),
      completed(2, { 'custom.cost': 40 }),
      adopt(),
    ];
    expect(last(...trials, evaluated({ 'custom.cost': 50 }, { 'custom.cost': 80 }))).toMatchObject({
      type: 'ParametersAdopted',
      data: { metric: 'custom.cost', value: 50, rival: 80 },
    });
    expect(last(...trials, evaluated({ 'custom.cost': 80 }, { 'custom.cost': 50 }))).toMatchObject({
      type: 'AdoptionRefused',
    });
  });

  test.each<[string, readonly NewEvent[], string, RegExp]>([
    ['of no search', [adopt('topics-s9')], 'NOT_FOUND', /no search topics-s9/],
    ['of one that runs', [asked(), adopt()], 'CONFLICT', /has not ended/],
    [
      'that are in use',
      [...searched(0.7, 0.6), adopt()],
      'CONFLICT',
      /are the best of topics-s1 already \(trial 1\)/,
    ],
    [
      'with nothing to compare with',
      [asked('max_evals: 1\nbase_config: { minDf: 5 }'), completed(1, { macroF1: 1 }), adopt()],
      'CONFLICT',
      /no completed trial of topics-s1 has the parameters in use of topics/,
    ],
  ])('%s are refused', (_, events, code, reason) => {
    expect(last(...events)).toMatchObject({
      type: 'AdoptionRefused',
      data: { code, reason: expect.stringMatching(reason) },
    });
  });
});
