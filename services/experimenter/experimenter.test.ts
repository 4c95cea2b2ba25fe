import { describe, expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import type { NewEvent } from '../../schemas/catalogue.ts';
import { deciderSpec, recorded } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import {
  arm,
  asked,
  BETTER,
  concluding,
  EARLY,
  MODEL,
  measured,
  metric,
  promoted,
  promoting,
  registered,
  retired,
  reviewDue,
  row,
  stopping,
  unmeasured,
  unreadable,
  WORSE,
} from './fixtures.ts';
import { experimenter } from './service.ts';

const { given } = deciderSpec(experimenter);
const production = [registered('v1.0.0'), promoted('v1.0.0'), registered('v1.1.0')];

/** The facts of an experiment that has started, beside those of its model. */
function startedBy(request: NewEvent<'ExperimentRequested'>, ...earlier: NewEvent[]): NewEvent[] {
  const before = [...production, ...earlier];
  return [
    ...before,
    ...given(...before)
      .when(request)
      .decide(),
  ];
}
const running = startedBy(asked());
const refused = (code: string, reason: RegExp) => ({
  type: 'ExperimentRefused',
  data: { code, reason: expect.stringMatching(reason) },
});
const stopped = (code: string, reason: RegExp) => ({
  type: 'ExperimentStopped',
  data: { experimentId: 'e1', code, reason: expect.stringMatching(reason) },
});

describe('an experiment that is asked for', () => {
  test('starts with all that it is judged by, and says how many units it needs', () => {
    const request = asked({ metrics: [], minimumUnits: null, analyseEvery: null, maximumDuration: null });
    given(...production)
      .when(request)
      .thenMatch({
        type: 'ExperimentStarted',
        data: {
          packages: [
            { version: 'v1.0.0', package: 'package-v1.0.0' },
            { version: 'v1.1.0', package: 'package-v1.1.0' },
          ],
          metrics: [
            { metric: 'accuracy', role: 'primary', better: 'higher', margin: null },
            { metric: 'errorRate', role: 'guardrail', better: 'lower', margin: 0.005 },
            { metric: 'latency', role: 'guardrail', better: 'lower', margin: 5 },
          ],
          minimumUnits: 500,
          minimumImprovement: 0.02,
          analyseEvery: 60_000,
          promotes: false,
          baseline: 0.8,
          neededUnits: 6_039,
          tuning: 12_078,
        },
      });
  });

  test('follows the policy of its model, where it says nothing else', () => {
    const policy = policyChanged(
      MODEL,
      'experiments: { minimumUnits: 50, promotes: true, maximumDuration: 2d }',
    );
    given(...production, policy)
      .when(asked({ minimumUnits: null, maximumDuration: null }))
      .thenMatch({
        data: { minimumUnits: 50, promotes: true, maximumDuration: 172_800_000, policyVersion: 1 },
      });
  });

  test('is decided by accuracy where its metrics do not decide', () => {
    const metrics = [metric('confidence', 'secondary')];
    given(...production)
      .when(asked({ metrics }))
      .thenMatch({ data: { metrics: [{ metric: 'accuracy', role: 'primary' }, { metric: 'confidence' }] } });
  });

  test('may compare a version with itself (A/A), and many versions', () => {
    const equal = asked({ arms: [arm('control', 'v1.0.0'), arm('same', 'v1.0.0')] });
    given(...production)
      .when(equal)
      .thenMatch({ type: 'ExperimentStarted' });
    const three = asked({ arms: ['control', 'one', 'two'].map((name) => arm(name, 'v1.0.0', 100 / 3)) });
    given(...production)
      .when(three)
      .thenMatch({ type: 'ExperimentStarted' });
  });

  test.each<[what: string, request: Parameters<typeof asked>[0], code: string, reason: RegExp]>([
    ['one arm', { arms: [arm('control', 'v1.0.0', 100)] }, 'INPUT_INVALID', /it has 1 arms/],
    [
      'shares that do not sum to 100',
      { arms: [arm('control', 'v1.0.0'), arm('treatment', 'v1.1.0', 40)] },
      'INPUT_INVALID',
      /50, 40 sum to 90, not to 100/,
    ],
    [
      'a share that is no number',
      { arms: [arm('control', 'v1.0.0'), arm('treatment', 'v1.1.0', Number.NaN)] },
      'INPUT_INVALID',
      /share of treatment is NaN/,
    ],
    [
      'two arms of one name',
      { arms: [arm('a', 'v1.0.0'), arm('a', 'v1.1.0')] },
      'INPUT_INVALID',
      /two arms are named a/,
    ],
    [
      'an unknown version',
      { arms: [arm('control', 'v1.0.0'), arm('treatment', 'v1.1.1')] },
      'NOT_FOUND',
      /there is no v1\.1\.1 of topics; registered: v1\.0\.0, v1\.1\.0, did you mean/,
    ],
    [
      'a control that is not in production',
      { arms: [arm('control', 'v1.1.0'), arm('treatment', 'v1.0.0')] },
      'CONFLICT',
      /v1\.0\.0 is in production/,
    ],
    ['an unknown metric', { metrics: [metric('acuracy')] }, 'INPUT_INVALID', /did you mean 'accuracy'/],
    ['a metric of numbers', { metrics: [metric('mae')] }, 'INPUT_INVALID', /there are: accuracy/],
    ['a metric twice', { metrics: [metric('accuracy'), metric('accuracy')] }, 'INPUT_INVALID', /named twice/],
    [
      'an unknown role',
      { metrics: [metric('accuracy', 'main')] },
      'INPUT_INVALID',
      /cannot be main: primary/,
    ],
    [
      'a direction that there is not',
      { metrics: [metric('accuracy', 'primary', { better: 'more' })] },
      'INPUT_INVALID',
      /higher or lower/,
    ],
    [
      'a margin that is no number',
      { metrics: [metric('accuracy'), metric('errorRate', 'guardrail', { margin: Number.NaN })] },
      'INPUT_INVALID',
      /margin of errorRate is NaN/,
    ],
    [
      'a least improvement in no unit',
      { metrics: [metric('latency')] },
      'INPUT_INVALID',
      /say by how much latency/,
    ],
    ['no traffic', { traffic: 0 }, 'INPUT_INVALID', /0 per cent of the traffic/],
    [
      'an audience of nobody',
      { audience: { keys: [], attributes: [{ name: 'country', values: [] }] } },
      'INPUT_INVALID',
      /country has no values/,
    ],
    [
      'an end before its first analysis',
      { maximumDuration: 10 },
      'INPUT_INVALID',
      /ends after 10 ms, before/,
    ],
    ['an unknown model', { model: 'topic' }, 'NOT_FOUND', /no version of topic is registered/],
  ])('is refused with %s', (_, request, code, reason) =>
    given(...production)
      .when(asked(request))
      .thenMatch(refused(code, reason)),
  );

  test('is refused without a version in production, of a retired model, and under a name that was given', () => {
    given(registered('v1.0.0'))
      .when(asked())
      .thenMatch(refused('CONFLICT', /no version of topics is in production/));
    given(...production, retired)
      .when(asked())
      .thenMatch(refused('CONFLICT', /topics is retired/));
    given(...running)
      .when(asked())
      .thenMatch(refused('CONFLICT', /e1 of topics already, which is running/));
    const ended = [
      ...running,
      ...given(...running)
        .when(stopping())
        .decide(),
    ];
    given(...ended)
      .when(asked())
      .thenMatch(refused('CONFLICT', /which was stopped: give this one another name/));
  });

  test('of numbers is decided by their error, with the improvement that it says', () => {
    const numbers = [registered('v1.0.0', 'rmse'), promoted('v1.0.0'), registered('v1.1.0', 'rmse')];
    given(...numbers)
      .when(asked({ metrics: [], minimumImprovement: 3 }))
      .thenMatch({ data: { metrics: [{ metric: 'mae', better: 'lower' }, {}, {}], neededUnits: null } });
    const guarded = [metric('latency'), metric('mae', 'guardrail')];
    given(...numbers)
      .when(asked({ metrics: guarded, minimumImprovement: 3 }))
      .thenMatch(refused('INPUT_INVALID', /guardrail mae needs a margin/));
  });
});

describe('an analysis', () => {
  const due = [...running, reviewDue(1)];

  test('is due in time, and asks for the numbers', () => {
    const state = running.reduce(
      (before, event, i) => experimenter.evolve(before, recorded(event, i)),
      experimenter.initialState(mapsInMemory()),
    );
    expect(experimenter.timers!(state)).toMatchObject([
      { dueAt: 1_003, event: { data: { concludes: false } } },
    ]);
    given(...running)
      .when(reviewDue(1))
      .thenMatch({
        type: 'MeasurementRequested',
        data: { query: 'experiments/arms', parameters: { experimentId: 'e1', adjusts: '0' } },
      });
  });

  test('without a verdict lets it go on', () =>
    given(...due)
      .when(measured(1, EARLY))
      .thenMatch({
        type: 'ExperimentAnalysed',
        data: { verdict: 'INCONCLUSIVE', winner: null, counts: [{ units: 60 }, { units: 60 }] },
      }));

  test('that finds a better treatment ends it; it is deployed by itself where that is allowed', () => {
    const ends = [
      { type: 'ExperimentAnalysed', data: { verdict: 'PROMOTE', winner: 'treatment' } },
      { type: 'ExperimentConcluded', data: { verdict: 'PROMOTE', version: 'v1.1.0' } },
    ];
    given(...due)
      .when(measured(1, BETTER))
      .thenMatch(...ends);
    const promoted = { arm: 'treatment', version: 'v1.1.0', deploymentId: 'e1-promotion-1' };
    given(...startedBy(asked({ promotes: true })), reviewDue(1))
      .when(measured(1, BETTER))
      .thenMatch(
        ...ends,
        { type: 'ExperimentPromoted', data: promoted },
        {
          type: 'DeploymentRequested',
          data: { target: 'topics/production', version: 'v1.1.0', strategy: null },
        },
      );
  });

  test('that finds no improvement ends it with KEEP', () =>
    given(...due)
      .when(measured(1, WORSE))
      .thenMatch({ data: { verdict: 'KEEP' } }, { type: 'ExperimentConcluded', data: { version: null } }));

  test('of nothing at all, of one arm, and of metrics that do not vary has an answer', () => {
    given(...due)
      .when(measured(1, []))
      .thenMatch({ data: { reasons: [{ code: 'too-few-units' }], sampleRatioPValue: null } });
    given(...due)
      .when(measured(1, [WORSE[0]!]))
      .thenMatch({ data: { isSampleRatioMismatch: true, reasons: [{ code: 'sample-ratio-mismatch' }] } });
    const constant = ['control', 'treatment'].map((name) => row(name, { units: 500, failures: 500 }));
    given(...startedBy(asked({ metrics: [metric('latency')], minimumImprovement: 1 })), reviewDue(1))
      .when(measured(1, constant))
      .thenMatch({ data: { verdict: 'INCONCLUSIVE', comparisons: [{ code: 'too-few', difference: null }] } });
  });

  test('reads primary metrics in segments too', () => {
    const phones = BETTER.map((all) => ({ ...all, attribute: 'device', value: 'phone' }));
    const [analysed] = given(...startedBy(asked({ segments: ['device'] })), reviewDue(1))
      .when(measured(1, [...BETTER, ...phones]))
      .decide();
    expect(analysed).toMatchObject({
      data: {
        comparisons: [
          { metric: 'accuracy', role: 'primary', segment: null },
          { metric: 'accuracy', role: 'secondary', segment: 'device=phone' },
        ],
      },
    });
  });

  test('of numbers that came too late changes nothing', () => {
    given(...running)
      .when(measured(1, BETTER))
      .thenNothing();
    given(...due, reviewDue(2))
      .when(measured(1, BETTER))
      .thenNothing();
    const ended = [
      ...due,
      ...given(...due)
        .when(stopping())
        .decide(),
    ];
    given(...ended)
      .when(measured(1, BETTER))
      .thenNothing();
    given(...ended)
      .when(reviewDue(2))
      .thenNothing();
  });
});

describe('an experiment ends', () => {
  const last = [
    ...running,
    ...given(...running)
      .when(concluding())
      .decide(),
  ];

  test('when someone concludes it, with a last analysis', () => {
    given(...running)
      .when(concluding())
      .thenMatch({ type: 'ExperimentReviewDue', data: { review: 1, concludes: true, requestedBy: 'bob' } });
    given(...last)
      .when(measured(1, EARLY))
      .thenMatch(
        {},
        {
          type: 'ExperimentConcluded',
          data: { verdict: 'INCONCLUSIVE', requestedBy: 'bob', reason: expect.stringMatching(/^enough: /) },
        },
      );
  });

  test('once: it cannot be concluded twice', () => {
    given(...last)
      .when(concluding())
      .thenMatch(refused('CONFLICT', /is being concluded/));
    const ended = [
      ...last,
      ...given(...last)
        .when(measured(1, EARLY))
        .decide(),
    ];
    given(...ended)
      .when(concluding())
      .thenMatch(refused('CONFLICT', /was concluded already/));
    given(...ended)
      .when(stopping())
      .thenMatch(refused('CONFLICT', /was concluded already/));
    given(...running)
      .when(stopping('e'))
      .thenMatch(refused('NOT_FOUND', /no experiment e; did you mean e1/));
  });

  test('not, when the last analysis that was asked for has no numbers', () => {
    given(...last)
      .when(unmeasured(1))
      .thenMatch(refused('WAREHOUSE_UNAVAILABLE', /it is down/));
    given(...running, reviewDue(1, true))
      .when(unmeasured(1))
      .thenNothing();
  });

  test('when its longest duration is over', () => {
    const state = [...running, reviewDue(1), unmeasured(1)].reduce(
      (before, event, i) => experimenter.evolve(before, recorded(event, i, i === 5 ? 9_500 : i)),
      experimenter.initialState(mapsInMemory()),
    );
    const [timer] = experimenter.timers!(state);
    expect(timer).toMatchObject({ dueAt: 10_003, event: { data: { concludes: true } } });
    given(...running, reviewDue(1, true))
      .when(measured(1, EARLY))
      .thenMatch({}, { data: { reason: expect.stringMatching(/^its longest duration is over: /) } });
  });

  test('when it is stopped, production changes, the model is retired, or an arm cannot be served', () => {
    given(...running)
      .when(stopping())
      .thenMatch(stopped('STOPPED', /enough/));
    given(...running)
      .when(promoted('v1.1.0'))
      .thenMatch(stopped('SUPERSEDED', /v1\.1\.0 went into production/));
    given(...running)
      .when(promoted('v1.0.0'))
      .thenNothing();
    given(...running)
      .when(retired)
      .thenMatch(stopped('RETIRED', /retired/));
    given(...running)
      .when(unreadable())
      .thenMatch(stopped('PACKAGE_INVALID', /host-1 cannot serve treatment: it is torn/));
  });
});

describe('a promotion', () => {
  const won = [...running, reviewDue(1)];
  const concluded = [
    ...won,
    ...given(...won)
      .when(measured(1, BETTER))
      .decide(),
  ];
  const early = [...running, reviewDue(1, true)];
  const kept = [
    ...early,
    ...given(...early)
      .when(measured(1, EARLY))
      .decide(),
  ];

  test('is a deployment like any other, and can be asked for again', () => {
    const deployment = (deploymentId: string) => [
      { type: 'ExperimentPromoted', data: { arm: 'treatment', version: 'v1.1.0', deploymentId } },
      { type: 'DeploymentRequested', data: { deploymentId, version: 'v1.1.0', requestedBy: 'bob' } },
    ];
    given(...concluded)
      .when(promoting())
      .thenMatch(...deployment('e1-promotion-1'));
    const once = [
      ...concluded,
      ...given(...concluded)
        .when(promoting())
        .decide(),
    ];
    given(...once)
      .when(promoting())
      .thenMatch(...deployment('e1-promotion-2'));
    given(...kept)
      .when(promoting('treatment'))
      .thenMatch(...deployment('e1-promotion-1'));
  });

  test('is refused of a running one, without a winner, of an unknown arm, and of what is in production', () => {
    given(...running)
      .when(promoting())
      .thenMatch(refused('CONFLICT', /is running: epochlog experiment conclude/));
    given(...kept)
      .when(promoting())
      .thenMatch(refused('CONFLICT', /no arm of e1 won/));
    given(...concluded)
      .when(promoting('treatmen'))
      .thenMatch(refused('NOT_FOUND', /did you mean treatment/));
    given(...concluded)
      .when(promoting('control'))
      .thenMatch(refused('CONFLICT', /is in production already/));
    const ended = [
      ...running,
      ...given(...running)
        .when(stopping())
        .decide(),
    ];
    given(...ended)
      .when(promoting())
      .thenMatch(refused('CONFLICT', /stopped without a verdict/));
  });
});
