import { describe, expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { deciderSpec, recorded } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import {
  accepted,
  adopted,
  alert,
  alertResolved,
  collected,
  collectionCompleted,
  collectionStarted,
  concluded,
  datasetRefused,
  datasetRequested,
  declared,
  evaluationFailed,
  MODEL,
  page,
  planned,
  promoted,
  promotionRefused,
  rejected,
  requested,
  retired,
  runCancelled,
  sealed,
  times,
  trainingFailed,
} from './fixtures.ts';
import { planner } from './service.ts';
import type { State } from './state.ts';

const spec = deciderSpec(planner);
const few = policyChanged(MODEL, 'retraining: { minimumNewSamples: 0.02 }');
/** The model is declared before anything else happens. */
const given = (...events: readonly NewEvent[]) => spec.given(declared, ...events);

/** A first version in production, trained on 100 samples. */
const trained = [
  ...collected('first', 100),
  ...times(100, accepted),
  planned(1, { samples: 100 }),
  sealed(1),
  promoted(1),
  concluded(1, 'promoted', 'v1.0.0', 'it is better'),
];

describe('a request', () => {
  test('seals a dataset of the accepted samples', () =>
    given(...times(100, accepted))
      .when(requested)
      .thenMatch(
        {
          type: 'TrainingPlanned',
          data: {
            planId: 'topics-t1',
            cause: 'requested',
            reason: 'why not',
            samples: 100,
            samplesAtLast: 0,
            datasetId: 'topics-d1',
            runId: 'topics-r1',
            engine: 'linear',
            params: { c: 1 },
            seed: 42,
          },
        },
        datasetRequested(1, null),
      ));

  test('extends the dataset before, and may name engine and seed', () => {
    const { type, data } = requested;
    given(...trained)
      .when({ type, data: { ...data, engine: 'linear', seed: 7 } })
      .thenMatch(
        { data: { planId: 'topics-t2', samplesAtLast: 100, engine: 'linear', seed: 7 } },
        { type: 'DatasetRequested', data: { datasetId: 'topics-d2', extends: 'topics-d1', seed: 7 } },
      );
  });

  test('may start from a version of the model, which the run is told', () => {
    const { type, data } = requested;
    const registered = newEvent('VersionRegistered', {
      ...{ model: MODEL, version: 'v1.0.0', runId: 'topics-r1', package: 'sha256:p', modelHash: 'm' },
      ...{
        datasetId: 'topics-d1',
        evaluationId: 'e',
        metrics: {},
        primaryMetric: 'accuracy',
        policyVersion: 0,
      },
    });
    given(...trained, registered)
      .when({ type, data: { ...data, fromVersion: 'v1.0.0' } })
      .thenMatch({ data: { fromVersion: 'v1.0.0' } }, { type: 'DatasetRequested' });
    given(...trained, planned(2, { samples: 120, fromVersion: 'v1.0.0' }))
      .when(sealed(2))
      .thenMatch({ type: 'TrainingRequested', data: { fromVersion: 'v1.0.0' } });
  });

  test('is refused while a plan of the model is running, and names it', () =>
    given(planned(1, { samples: 100 }))
      .when(requested)
      .thenExactly({
        type: 'TrainingPlanRefused',
        data: {
          model: MODEL,
          code: 'CONFLICT',
          reason: 'topics-t1 is running (dataset topics-d1, run topics-r1)',
          policyVersion: 0,
        },
      }));

  test.each([
    [{ engine: 'abacus' }, 'ENGINE_UNKNOWN', /no engine 'abacus'; there are: encoder, linear/],
    [{ params: { C: 1 } }, 'INPUT_INVALID', /no parameter 'C'/],
    [{ params: { c: -1 } }, 'INPUT_INVALID', /c is out of range/],
    [
      { engine: 'encoder', params: {}, fromVersion: 'v1.0.0' },
      'INPUT_INVALID',
      /^encoder trains from the beginning only/,
    ],
    [{ fromVersion: 'v9.9.9' }, 'NOT_FOUND', /^topics has no version v9\.9\.9; there is none\./],
  ])('that the engine would refuse is refused before a dataset is sealed: %j', (asked, code, reason) => {
    const { type, data } = requested;
    given(...trained)
      .when({ type, data: { ...data, ...asked } })
      .thenMatch({ type: 'TrainingPlanRefused', data: { code, reason: expect.stringMatching(reason) } });
  });

  test('trains as the model is declared, but for what it says itself', () => {
    const { type, data } = requested;
    const changed = newEvent('ModelDeclared', {
      ...declared.data,
      parameters: { c: 0.5, ngram: 1 },
      seed: 9,
    });
    given(changed)
      .when({ type, data: { ...data, params: { c: 1 } } })
      .thenMatch({ data: { params: { c: 1, ngram: 1 }, seed: 9 } }, { data: { seed: 9 } });
  });

  const others = newEvent('TrainingPlanRequested', { ...requested.data, model: 'others' });

  test('may train another model, of another task, while the first is in training', () => {
    const another = newEvent('ModelDeclared', { ...declared.data, model: 'others', task: 'ad-score' });
    given(another, planned(1, { samples: 100 }), ...times(100, accepted))
      .when(others)
      .thenMatch(
        { data: { planId: 'others-t1', samples: 0 } },
        { data: { model: 'others', task: 'ad-score', extends: null } },
      );
  });

  test('for a model that is not declared is refused, and names those that are', () => {
    const reason =
      'there is no model others; there is topics. Declare it with `epochlog model declare FILE.yaml`';
    given(...trained)
      .when(others)
      .thenExactly(
        newEvent('TrainingPlanRefused', { model: 'others', code: 'NOT_FOUND', reason, policyVersion: 0 }),
      );
    given(...trained)
      .when(newEvent('TrainingPlanRequested', { ...requested.data, model: 'topic' }))
      .thenMatch({ data: { reason: expect.stringContaining('did you mean topics?') } });
  });

  test('for a retired model is refused until one of its versions is promoted', () => {
    given(...trained, retired)
      .when(requested)
      .thenMatch({
        type: 'TrainingPlanRefused',
        data: { code: 'CONFLICT', reason: expect.stringContaining('topics is retired') },
      });
    given(...trained, retired, promoted(1))
      .when(requested)
      .thenMatch({ type: 'TrainingPlanned' }, {});
  });
});

describe('a training plan', () => {
  const running = [...trained, planned(2, { samples: 120 })];

  test('requests its run when its dataset is sealed', () => {
    given(...running)
      .when(sealed(2))
      .thenMatch({
        type: 'TrainingRequested',
        data: { runId: 'topics-r2', datasetId: 'topics-d2', engine: 'linear', seed: 42, params: {} },
      });
    given(...running)
      .when(sealed(7))
      .thenNothing();
  });

  test('ends with its version, where no promotion was asked for', () => {
    const version = { version: 'v1.1.0', runId: 'topics-r2' };
    const registered = newEvent('VersionRegistered', {
      ...{ model: MODEL, package: '', modelHash: '', datasetId: '', evaluationId: '', ...version },
      ...{ metrics: {}, primaryMetric: 'accuracy', policyVersion: 0 },
    });
    given(...running)
      .when(registered)
      .thenNothing();
    given(...running.slice(0, -1), { ...planned(2, { samples: 0, promote: false }) })
      .when(registered)
      .thenMatch({
        type: 'TrainingPlanConcluded',
        data: {
          outcome: 'registered',
          version: 'v1.1.0',
          reason: expect.stringContaining(`promote v1.1.0 --model ${MODEL}`),
        },
      });
    given(declared)
      .when({ ...requested, data: { ...requested.data, promote: false } })
      .thenMatch({ type: 'TrainingPlanned', data: { promote: false } }, {});
  });

  test.each([
    [promoted(2), concluded(2, 'promoted', 'v1.1.0', 'it is better')],
    [promotionRefused(2), concluded(2, 'refused', 'v1.1.0', 'it is not better')],
    [datasetRefused(2), concluded(2, 'failed', null, 'it broke')],
    [trainingFailed(2), concluded(2, 'failed', null, 'it broke')],
    [runCancelled(2), concluded(2, 'cancelled', null, 'it broke')],
    [evaluationFailed(2), concluded(2, 'failed', null, 'it broke')],
  ])('ends with %j', (end, conclusion) => {
    given(...running)
      .when(end)
      .thenExactly(conclusion);
    given(...running, conclusion)
      .when(end)
      .thenNothing();
  });

  test.each([promoted(1), promotionRefused(1), datasetRefused(1), trainingFailed(1), evaluationFailed(1)])(
    'does not end with an event of another plan: %j',
    (end) =>
      given(...running)
        .when(end)
        .thenNothing(),
  );
});

describe('growth', () => {
  test('triggers a plan beyond a fraction of the samples at the last plan', () => {
    given(...trained, ...collected('c', 10), ...times(9, accepted, 100))
      .when(accepted(109))
      .thenNothing();
    given(...trained, ...collected('c', 11), ...times(10, accepted, 100))
      .when(accepted(110))
      .thenExactly(
        planned(2, {
          samples: 111,
          samplesAtLast: 100,
          cause: 'new_samples',
          reason: '11 new samples since the last training on 100',
        }),
        datasetRequested(2, 'topics-d1'),
      );
  });

  test('triggers only when no collection runs and every paper is curated', () => {
    const started = [...trained, collectionStarted('c'), page('c', 30), ...times(29, accepted, 100)];
    given(...started)
      .when(accepted(129))
      .thenNothing();
    given(...started)
      .when(collectionCompleted('c', 30))
      .thenNothing();
    given(...started, accepted(129))
      .when(collectionCompleted('c', 30))
      .thenMatch({ data: { samples: 130 } }, {});
    given(...started, collectionCompleted('c', 30))
      .when(rejected(129))
      .thenMatch({ data: { samples: 129 } }, {});
  });

  test('during a plan counts when the plan is concluded', () => {
    const running = [...trained, planned(2, { samples: 100 }), ...collected('c', 31), ...times(30, accepted)];
    given(...running)
      .when(accepted(130))
      .thenNothing();
    given(...running, accepted(130))
      .when(concluded(2, 'refused', 'v1.1.0', 'it is not better'))
      .thenMatch({ data: { cause: 'new_samples', samples: 131 } }, {});
  });

  test('never triggers the first training, nor those of another model', () => {
    const grown = [...collected('c', 100), ...times(99, accepted)];
    given(...grown)
      .when(accepted(99))
      .thenNothing();
    deciderSpec(planner)
      .given(...trained, ...grown)
      .when(accepted(200))
      .thenNothing();
  });
});

describe('an alert', () => {
  const drift = { cause: 'drift', reason: 'it drifts' } as const;
  const two = collected('c', 2);

  test('triggers a plan when there are enough new samples', () =>
    given(...trained, few, ...two, accepted(100), accepted(101))
      .when(alert())
      .thenExactly(
        planned(2, { samples: 102, samplesAtLast: 100, policyVersion: 1, ...drift }),
        datasetRequested(2, 'topics-d1'),
      ));

  test('stays open until there are', () => {
    given(...trained, few, ...collected('c', 1), accepted(100))
      .when(alert())
      .thenNothing();
    given(...trained, few, alert(), ...two, accepted(100))
      .when(accepted(101))
      .thenMatch({ data: { samples: 102, ...drift } }, {});
  });

  test('triggers nothing once it is resolved or its version has left production', () => {
    given(...trained, few, alert(), alertResolved, ...two, accepted(100))
      .when(accepted(101))
      .thenNothing();
    given(...trained, few, alert(), promoted(2), ...two, accepted(100))
      .when(accepted(101))
      .thenNothing();
  });

  test.each([
    ['drift', 'drift', 'onDrift'],
    ['quality', 'quality', 'onQuality'],
    ['conceptDrift', 'quality', 'onQuality'],
    ['calibration', 'calibration', 'onCalibration'],
  ])('about %s triggers a plan because of %s, unless %s is false', (cause, planned, key) => {
    const about = alert('v1.0.0', cause);
    const off = policyChanged(MODEL, `retraining: { minimumNewSamples: 0.02, ${key}: false }`);
    given(...trained, few, ...two, accepted(100), accepted(101))
      .when(about)
      .thenMatch({ type: 'TrainingPlanned', data: { cause: planned } }, {});
    given(...trained, off, ...two, accepted(100), accepted(101))
      .when(about)
      .thenNothing();
  });

  test('triggers a plan with the parameters that were adopted, where the policy uses them and the engine is theirs', () => {
    const grown = [...two, accepted(100), accepted(101)];
    const declaredOnly = policyChanged(
      MODEL,
      'retraining: { minimumNewSamples: 0.02, adoptedParameters: false }',
    );
    const paramsOf = (...events: NewEvent[]) => {
      const [plan] = given(...trained, ...events, ...grown)
        .when(alert())
        .decide();
      return plan?.type === 'TrainingPlanned' ? plan.data.params : plan;
    };
    expect(paramsOf(few, adopted())).toEqual({ c: 4 });
    expect(paramsOf(declaredOnly, adopted())).toEqual({});
    expect(paramsOf(few, adopted('trees'))).toEqual({});
    expect(paramsOf(few, adopted(), declared)).toEqual({});
    given(...trained, few, adopted(), ...grown)
      .when(requested)
      .thenMatch({ data: { params: { c: 1 } } }, {});
  });

  test('about a version that is not served triggers nothing', () => {
    const { type, data } = alert();
    given(...trained, few, ...two, accepted(100), accepted(101))
      .when({ type, data: { ...data, cause: 'serving' } })
      .thenNothing();
  });

  test('triggers nothing for a retired model', () =>
    given(...trained, few, ...two, accepted(100), accepted(101), retired)
      .when(alert())
      .thenNothing());

  test('triggers nothing before the first version', () =>
    given(...collected('c', 100), ...times(100, accepted))
      .when(alert())
      .thenNothing());
});

describe('the policy of a model', () => {
  const HOUR_MS = 3_600_000;
  const grown = [...collected('c', 11), ...times(11, accepted, 100)];
  const policy = (retraining: string) => policyChanged(MODEL, `retraining: { ${retraining} }`);
  const stateOf = (...events: readonly NewEvent[]) =>
    [declared, ...events].reduce<State>(
      (state, event, index) => planner.evolve(state, recorded(event, index)),
      planner.initialState(mapsInMemory()),
    );
  const dueIn = (state: State) => planner.timers!(state).map(({ dueAt }) => dueAt);
  const decide = (
    state: State,
    event: NewEvent<'RetrainingDue' | 'PolicyChanged' | 'AlertRaised'>,
    time: number,
  ) => planner.decide(state, recorded(event, 1_000, time));
  const due = (dueAt: number) => newEvent('RetrainingDue', { model: MODEL, dueAt, policyVersion: 1 });
  /** of the first plan, in the order of events */
  const plannedAt = 1 + trained.findIndex(({ type }) => type === 'TrainingPlanned');

  test('takes effect with its event: what it triggers is planned at once', () => {
    const state = stateOf(...trained, policy('newSamples: null'), ...grown);
    expect(decide(state, policy('newSamples: 0.1'), 1)).toMatchObject([
      { type: 'TrainingPlanned', data: { cause: 'new_samples', policyVersion: 2 } },
      { type: 'DatasetRequested' },
    ]);
  });

  test('may turn each trigger off', () => {
    const off = policy('newSamples: null, onDrift: false');
    expect(decide(stateOf(...trained, off, ...grown), alert(), 1)).toEqual([]);
    expect(dueIn(stateOf(...trained, off, ...grown))).toEqual([]);
  });

  test('trains again when the last training is too old, once there are new samples', () => {
    const age = policy('newSamples: null, maximumAge: 2h');
    expect(dueIn(stateOf(...trained, age))).toEqual([]);
    const state = stateOf(...trained, age, ...grown);
    const dueAt = plannedAt + 2 * HOUR_MS;
    expect(dueIn(state)).toEqual([dueAt]);
    expect(decide(state, due(dueAt), dueAt - 1)).toEqual([]);
    expect(decide(state, due(dueAt), dueAt)).toMatchObject([
      {
        data: {
          cause: 'age',
          reason: `the last training was on ${new Date(plannedAt).toISOString()}`,
          policyVersion: 1,
        },
      },
      {},
    ]);
    expect(dueIn(planner.evolve(state, recorded(due(dueAt), 1_000)))).toEqual([]);
  });

  test('lets a trigger wait for the end of the cool-down', () => {
    const state = stateOf(...trained, policy('coolDown: 1h'), alert(), ...grown);
    const end = plannedAt + HOUR_MS;
    expect(decide(state, alert(), end - 1)).toEqual([]);
    expect(dueIn(state)).toEqual([end]);
    expect(decide(state, due(end), end)).toMatchObject([{ data: { cause: 'drift' } }, {}]);
  });

  test('says how datasets are split', () => {
    const training = policyChanged(
      MODEL,
      'training: { trainFraction: 0.7, validationFraction: 0.2, minimumPerClass: 3 }',
    );
    given(...trained, training)
      .when(requested)
      .thenMatch({}, { data: { trainFraction: 0.7, validationFraction: 0.2, minimumPerClass: 3 } });
  });
});
