import { describe, expect, test } from 'vitest';
import { Places } from './offset-map.ts';

const TOPIC = 'epochlog.runs';
const at = (offset: number, partition = 0) => ({ topic: TOPIC, partition, offset });

/** Seven records of one partition, dealt out to two of three; offsets 2 and 5 of partition 1 are marks. */
function moved(): Places {
  const places = new Places();
  const targets = [at(0, 1), at(1, 1), at(0, 2), at(3, 1), at(1, 2), at(4, 1), at(6, 1)];
  for (const [offset, target] of targets.entries()) places.note(at(offset), target);
  return places;
}

describe('a group that has come to some record', () => {
  test.each([
    [0, [0, 0, 0]],
    [1, [0, 1, 0]],
    [2, [0, 2, 0]],
    [3, [0, 2, 1]],
    [4, [0, 4, 1]],
    [5, [0, 4, 2]],
    [6, [0, 5, 2]],
    [7, [0, 7, 2]],
    [99, [0, 7, 2]],
  ])('goes on before the first that it has not processed, in each partition: %d', (reached, offsets) => {
    const positions = offsets.map((offset, partition) => at(offset, partition));
    expect(moved().after(TOPIC, [at(reached)], 3)).toEqual(positions);
    const left = Math.max(0, 7 - reached);
    expect(moved().left([at(reached)], positions)).toEqual({ source: left, target: left });
  });

  test('is behind or ahead there by so many records', () => {
    expect(moved().left([at(4)], [at(0, 1), at(1, 2)])).toEqual({ source: 3, target: 6 });
    expect(moved().left([at(4)], [at(7, 1), at(2, 2)])).toEqual({ source: 3, target: 0 });
    expect(moved().left([at(4)], [])).toEqual({ source: 3, target: 7 });
  });

  test('of several partitions that meet in one, redoes rather than leaves out', () => {
    const places = new Places();
    places.note(at(0, 0), at(0));
    places.note(at(0, 1), at(1));
    places.note(at(1, 0), at(2));
    expect(places.after(TOPIC, [at(2, 0), at(0, 1)], 1)).toEqual([at(1)]);
  });
});

test('a record that was not moved has no place', () => {
  expect(moved().of(at(6))).toEqual(at(6, 1));
  expect(moved().of(at(7))).toBeUndefined();
  expect(moved().of(at(0, 1))).toBeUndefined();
  expect(moved().of({ ...at(0), topic: 'epochlog.papers' })).toBeUndefined();
});
