import { expect, test } from 'vitest';
import { adwin } from '../../../ml/drift/concept/adwin.ts';
import { ddm } from '../../../ml/drift/concept/ddm.ts';
import type { ChangeDetector } from '../../../ml/drift/concept/detector.ts';
import { pageHinkley } from '../../../ml/drift/concept/page-hinkley.ts';
import golden from './golden.json' with { type: 'json' };

/** golden.json is what golden.py printed; golden.python.test.ts runs that again. */
interface Golden {
  readonly streams: Readonly<Record<string, readonly number[]>>;
  readonly cases: readonly {
    readonly detector: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly stream: string;
    readonly changes: readonly number[];
  }[];
}

const { streams, cases } = golden as Golden;

const DETECTORS: Readonly<Record<string, (options: never) => ChangeDetector>> = {
  adwin,
  ddm,
  pageHinkley,
};

/** Where a detector says that the values change; its state survives as JSON. */
function changesIn<State>({ initial, update }: ChangeDetector<State>, values: readonly number[]): number[] {
  const changes: number[] = [];
  let state = initial;
  for (const [at, value] of values.entries()) {
    const next = update(at % 500 === 0 ? (JSON.parse(JSON.stringify(state)) as State) : state, value);
    state = next.state;
    if (next.change) changes.push(at);
  }
  return changes;
}

test.each(cases)('$detector finds changes of "$stream" where river finds them', (one) => {
  const detector = DETECTORS[one.detector]!(one.options as never);
  expect(changesIn(detector, streams[one.stream]!)).toEqual(one.changes);
});

test('all three detectors find something in the golden streams', () =>
  expect(new Set(cases.flatMap(({ detector, changes }) => changes.map(() => detector))).size).toBe(3));
