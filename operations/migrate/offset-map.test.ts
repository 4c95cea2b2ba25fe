import { describe, expect, test } from 'vitest';
import { OffsetMap } from './offset-map.ts';

const TOPIC = 'epochlog.runs';
const at = (offset: number, partition = 0) => ({ topic: TOPIC, partition, offset });

/** Seven records of one partition, copied to two of three partitions; offsets 2 and 5 of partition 1 are transaction markers. */
function offsetMap(): OffsetMap {
  const map = new OffsetMap();
  const targets = [at(0, 1), at(1, 1), at(0, 2), at(3, 1), at(1, 2), at(4, 1), at(6, 1)];
  for (const [offset, target] of targets.entries()) map.set(at(offset), target);
  return map;
}

describe('the committed offsets of a group', () => {
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
  ])('are those before the first unprocessed record of each partition: %d', (committed, offsets) => {
    const positions = offsets.map((offset, partition) => at(offset, partition));
    expect(offsetMap().committed(TOPIC, [at(committed)], 3)).toEqual(positions);
    const lag = Math.max(0, 7 - committed);
    expect(offsetMap().lag([at(committed)], positions)).toEqual({ source: lag, target: lag });
  });

  test('may be behind or ahead in the target: the lag says by how many records', () => {
    expect(offsetMap().lag([at(4)], [at(0, 1), at(1, 2)])).toEqual({ source: 3, target: 6 });
    expect(offsetMap().lag([at(4)], [at(7, 1), at(2, 2)])).toEqual({ source: 3, target: 0 });
    expect(offsetMap().lag([at(4)], [])).toEqual({ source: 3, target: 7 });
  });

  test('of several source partitions in one target partition: records are repeated, none is skipped', () => {
    const map = new OffsetMap();
    map.set(at(0, 0), at(0));
    map.set(at(0, 1), at(1));
    map.set(at(1, 0), at(2));
    expect(map.committed(TOPIC, [at(2, 0), at(0, 1)], 1)).toEqual([at(1)]);
  });
});

test('a record that was not copied has no position in the target', () => {
  expect(offsetMap().get(at(6))).toEqual(at(6, 1));
  expect(offsetMap().get(at(7))).toBeUndefined();
  expect(offsetMap().get(at(0, 1))).toBeUndefined();
  expect(offsetMap().get({ ...at(0), topic: 'epochlog.records' })).toBeUndefined();
});
