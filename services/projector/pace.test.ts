import { describe, expect, test } from 'vitest';
import { Pace } from './pace.ts';

/** Batches of `events` that follow each other, each of which takes 50 ms: how long each waited. */
function waitsOf(pace: Pace, batches: readonly { events: number; comesAfter: number }[]): number[] {
  let now = 0;
  return batches.map(({ events, comesAfter }) => {
    now += comesAfter;
    const waited = pace.waitMs(1, now);
    now += waited;
    pace.written({ events, hasPaused: waited > 0, began: now, ended: now + 50 });
    now += 50;
    return Math.round(waited);
  });
}

const repeated = (count: number, events: number, comesAfter: number) =>
  Array.from({ length: count }, () => ({ events, comesAfter }));

describe('the pace of the projector', () => {
  test('a single event is written at once', () => {
    expect(waitsOf(new Pace(100), repeated(5, 1, 200))).toEqual([0, 0, 0, 0, 0]);
  });

  test('events that follow each other wait for three times what a batch took', () => {
    expect(waitsOf(new Pace(100), repeated(4, 3, 0))).toEqual([0, 150, 150, 150]);
  });

  test('where many come in each pause, pauses grow up to 1.2 s, and end with a gap', () => {
    const single = { events: 1, comesAfter: 5_000 };
    const waits = waitsOf(new Pace(100), [...repeated(20, 100, 0), single, ...repeated(2, 1, 0)]);
    expect(waits.slice(0, 4)).toEqual([0, 150, 188, 234]);
    expect(waits.slice(17)).toEqual([1200, 1200, 1200, 0, 150, 150]);
  });

  test('many events do not wait, and no pause is none', () => {
    const pace = new Pace(100);
    pace.written({ events: 1, hasPaused: false, began: 0, ended: 50 });
    expect([pace.waitMs(499, 60), pace.waitMs(500, 60)]).toEqual([140, 0]);
    expect(waitsOf(new Pace(0), repeated(3, 100, 0))).toEqual([0, 0, 0]);
  });
});
