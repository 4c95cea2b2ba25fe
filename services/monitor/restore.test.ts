import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapsInMemory } from '../../kernel/ports/states.ts';
import { type LoggedEvent, type NewEvent, ownerOf, streamOf } from '../../schemas/catalogue.ts';
import { play } from '../../schemas/testing.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { evaluated, MODEL, ofLength, outcome, promoted, rolledBack, sealed, served } from './fixtures.ts';
import { monitor, service } from './service.ts';
import type { MonitorState } from './state.ts';

const DRIFT_WINDOW = 10;
const QUALITY_WINDOW = 12;
const decider = monitor(1_000);
const policy = policyChanged(
  MODEL,
  `drift: { window: ${DRIFT_WINDOW} }\nquality: { window: ${QUALITY_WINDOW} }`,
);
const isOwn = ({ type }: LoggedEvent) => ownerOf(streamOf(type)) === service.name;
const remembered = ({ type }: LoggedEvent) => service.stateFrom?.includes(type) ?? false;
const fold = (events: readonly LoggedEvent[]): MonitorState =>
  events.filter(remembered).reduce(decider.evolve, decider.initialState(mapsInMemory()));

/** Predictions of 120 requests by two versions, some drifting, each with an outcome or not, in any order. */
const traffic = fc
  .record({
    drifting: fc.array(fc.boolean(), { minLength: 120, maxLength: 120 }),
    labels: fc.array(fc.constantFrom('a', 'b', null), { minLength: 120, maxLength: 120 }),
    turn: fc.integer({ min: 0, max: 120 }),
    delays: fc.array(fc.integer({ min: -20, max: 60 }), { minLength: 120, maxLength: 120 }),
  })
  .map(({ drifting, labels, turn, delays }) => {
    const timed: { at: number; event: NewEvent }[] = [
      { at: turn - 0.5, event: promoted('v1.1.0', 'v1.0.0') },
    ];
    for (let i = 0; i < 120; i++) {
      const version = i < turn ? 'v1.0.0' : 'v1.1.0';
      timed.push({ at: i, event: drifting[i] ? ofLength(i, 999, { version }) : served(i, { version }) });
      const label = labels[i];
      if (label) timed.push({ at: i + delays[i]!, event: outcome(i, label) });
    }
    return [
      policy,
      sealed,
      evaluated,
      promoted('v1.0.0'),
      ...timed.sort((a, b) => a.at - b.at).map(({ event }) => event),
    ];
  });

/** The log cut into sequences that each keep their order, interleaved by `choices`. */
function interleave(
  log: readonly LoggedEvent[],
  sequenceOf: (event: LoggedEvent) => unknown,
  choices: readonly number[],
): LoggedEvent[] {
  const sequences = [...Map.groupBy(log, sequenceOf).values()];
  const merged: LoggedEvent[] = [];
  while (merged.length < log.length) {
    const open = sequences.filter((events) => events.length > 0);
    merged.push(open[choices[merged.length % choices.length]! % open.length]!.shift()!);
  }
  return merged;
}

const choices = fc.array(fc.nat(), { minLength: 50, maxLength: 200 });

/** What waits, of all requests. */
const waiting = ({ unlabelled, unmatched }: Pick<MonitorState, 'unlabelled' | 'unmatched'>) =>
  Array.from({ length: 120 }, (_, i) => [unlabelled.get(`q${i}`), unmatched.get(`q${i}`)]);

/** Of large maps no matcher sees what is in them. */
const visible = ({ unlabelled, unmatched, ...state }: MonitorState) => ({
  ...state,
  waiting: waiting({ unlabelled, unmatched }),
});

test('the state does not depend on when its own facts are folded', () =>
  fc.assert(
    fc.property(traffic, choices, (inputs, choices) => {
      const again = [...inputs, rolledBack('v1.0.0', 'v1.1.0'), ...inputs.slice(4)];
      const { state, log } = play(decider, service, again);
      expect(visible(fold(interleave(log, isOwn, choices)))).toEqual(visible(state));
    }),
    { numRuns: 100 },
  ));

test('window sizes and alerts do not depend on the interleaving of topics', () =>
  fc.assert(
    fc.property(traffic, choices, (inputs, choices) => {
      const { state, log } = play(decider, service, inputs);
      const restored = fold(interleave(log, ({ type }) => streamOf(type), choices));
      const summary = ({ models, alerts, unlabelled, unmatched }: MonitorState) => ({
        alerts,
        waiting: waiting({ unlabelled, unmatched }),
        windows: [...models].map(([model, { decision, left, windows }]) => ({
          model,
          production: decision?.production,
          left,
          windows: new Map(
            [...windows].map(([version, { served, labelled }]) => [
              version,
              { served, labelled: { number: labelled.number, size: labelled.items.length } },
            ]),
          ),
        })),
      });
      expect(summary(restored)).toEqual(summary(state));
    }),
    { numRuns: 200 },
  ));

test('every full window is measured once, and at most one alert of a monitor is open', () =>
  fc.assert(
    fc.property(traffic, (inputs) => {
      const { log } = play(decider, service, inputs);
      const open = new Set<string>();
      const windows = new Set<string>();
      for (const { type, data } of log) {
        if (type === 'DriftMeasured' || type === 'QualityMeasured') {
          const window = `${data.monitorId} ${data.version} ${data.window}`;
          expect(windows).not.toContain(window);
          windows.add(window);
        }
        if (type === 'AlertRaised') {
          expect(open).not.toContain(data.monitorId);
          open.add(data.monitorId);
        }
        if (type === 'AlertResolved') expect(open.delete(data.monitorId)).toBe(true);
      }
      const predictions = Map.groupBy(
        log.filter((event) => event.type === 'PredictionServed'),
        ({ data }) => data.version,
      );
      const full = [...predictions.values()].reduce(
        (sum, { length }) => sum + Math.floor(length / DRIFT_WINDOW),
        0,
      );
      expect(log.filter(({ type }) => type === 'DriftMeasured')).toHaveLength(full);
    }),
    { numRuns: 100 },
  ));
