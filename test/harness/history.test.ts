import { describe, expect, test } from 'vitest';
import { type Anomaly, anomaliesIn, type Entry, type History } from './history.ts';

const FOLLOWS = { Asked: ['Begun', 'Done'] };

/** Events of a history that is as it should be: `a1` asks of `a`, `a1-begun` and `a1-done` follow; likewise for others. */
function entries(...requests: readonly string[]): Entry[] {
  const numbers = new Map<string, number>();
  return requests.flatMap((id, i) => {
    const subject = id.slice(0, 1);
    const number = numbers.get(subject) ?? 0;
    numbers.set(subject, number + 2);
    const place = { topic: 'topic', partition: subject === 'a' ? 0 : 1, subject };
    const fact = (type: string, index: number): Entry => ({
      ...place,
      ...{ id: `${id}-${type.toLowerCase()}`, offset: 10 * i + index, type, causationId: id },
      ...{ sequence: number + index, decided: number + index },
    });
    const request = { ...place, id, offset: 10 * i, type: 'Asked', sequence: 0, causationId: null };
    return [request, fact('Begun', 1), fact('Done', 2)];
  });
}

function history(log: readonly Entry[], other: Partial<History> = {}): History {
  return {
    acknowledged: [['a1', 'a2'], ['b1']],
    log,
    follows: FOLLOWS,
    followers: { follower: log },
    tables: { table: log.toReversed() },
    ...other,
  };
}

const good = entries('a1', 'b1', 'a2');

/** The log in which one event is another. */
const changed = (id: string, change: Partial<Entry>): Entry[] =>
  good.map((entry) => (entry.id === id ? { ...entry, ...change } : entry));
const missing = (id: string): Entry[] => good.filter((entry) => entry.id !== id);

/** Anomalies, in short: their kinds, and which event they speak of. */
const found = (bad: History): string[] =>
  anomaliesIn(bad).map(({ kind, what }: Anomaly) => `${kind}: ${what}`);

test('a correct history has no anomaly, in any interleaving of the clients', () => {
  expect(found(history(good))).toEqual([]);
  expect(found(history(entries('b1', 'a1', 'a2')))).toEqual([]);
  expect(found(history([], { acknowledged: [] }))).toEqual([]);
});

test('an unacknowledged request may be in the log or not', () => {
  expect(found(history(good, { acknowledged: [['a2'], []] }))).toEqual([]);
});

describe('the log', () => {
  test('has lost an acknowledged request', () => {
    const log = good.filter(({ id }) => !id.startsWith('b'));
    expect(found(history(log))).toEqual(['lost: b1 of client 1 was acknowledged and is not in the log']);
  });

  test('has an event twice', () => {
    const twice = [...good, { ...good[0]!, offset: 99, subject: 'c' }];
    expect(found(history(twice))).toContain('duplicated: a1 is in the log 2 times');
  });

  test('has the requests of a client in another order', () => {
    const bad = history(good, { acknowledged: [['a2', 'a1']] });
    expect(found(bad)).toEqual(['reordered: client 0 made a2 at topic/0@20 before a1 at topic/0@0']);
  });

  test('has an aggregate in two partitions', () => {
    expect(found(history(changed('a2-done', { partition: 2 })))).toEqual([
      'misplaced: topic/a is in partitions 0, 2',
    ]);
  });
});

describe('the facts of an aggregate', () => {
  test('skip a number', () => {
    const bad = history(changed('a2-done', { sequence: 5, decided: 5 }));
    expect(found(bad)).toEqual(['gap: a2-done at topic/0@22 has number 5, not 4']);
  });

  test('do not start with 1', () => {
    const bad = history(
      entries('b1').map((entry) => ({ ...entry, sequence: entry.sequence && entry.sequence + 1 })),
    );
    expect(found({ ...bad, acknowledged: [] })[0]).toBe('gap: b1-begun at topic/1@1 has number 2, not 1');
  });

  test('have a number twice: two processes were active', () => {
    const bad = history(changed('a2-begun', { sequence: 2, decided: 2 }));
    expect(found(bad)).toEqual([
      'gap: a2-begun at topic/0@21 has number 2, not 3',
      'gap: a2-done at topic/0@22 has number 4, not 3',
    ]);
  });

  test('were decided on an old state', () => {
    const bad = history(changed('a2-begun', { decided: 1 }));
    expect(found(bad)).toEqual(['stale: a2-begun at topic/0@21, number 3, was decided as 1']);
  });
});

describe('the effects of an event', () => {
  test('are missing', () => {
    expect(found(history(missing('a2-done')))).toEqual(['lost: nothing says Done of a2 at topic/0@20']);
  });

  test('are duplicated', () => {
    const again = {
      ...good.find(({ id }) => id === 'a2-done')!,
      id: 'again',
      offset: 23,
      sequence: 5,
      decided: 5,
    };
    expect(found(history([...good, again]))).toEqual([
      'duplicated: a2 at topic/0@20 led to Begun, Done, Done',
    ]);
  });

  test('are in another order', () => {
    const log = good.map((entry) => {
      if (entry.id === 'b1-begun') return { ...entry, offset: 12, sequence: 2, decided: 2 };
      return entry.id === 'b1-done' ? { ...entry, offset: 11, sequence: 1, decided: 1 } : entry;
    });
    expect(found(history(log, { followers: {} }))).toEqual([
      'reordered: b1 at topic/1@10 led to Done, Begun',
    ]);
  });

  test('come after the effects of a later event of the aggregate', () => {
    const swapped = good.map((entry) => {
      if (entry.causationId === 'a1') return { ...entry, causationId: 'a2' };
      return entry.causationId === 'a2' ? { ...entry, causationId: 'a1' } : entry;
    });
    expect(found(history(swapped))).toEqual([
      'reordered: a2-done at topic/0@22 follows from an earlier event than a1-begun at topic/0@1',
    ]);
  });

  test('have no cause in the log', () => {
    const bad = history(changed('b1-done', { causationId: 'x' }));
    expect(found(bad)).toEqual([
      'lost: nothing says Done of b1 at topic/1@10',
      'orphan: b1-done at topic/1@12 follows from x, which is not in the log',
    ]);
  });
});

describe.each(['followers', 'tables'] as const)('%s', (kind) => {
  const seeing = (copy: readonly Entry[]) => found(history(good, { [kind]: { it: copy } }));

  test('have missed an event', () => {
    expect(seeing(missing('a1-done'))).toEqual(['lost: it has no a1-done at topic/0@2']);
  });

  test('have an event twice', () => {
    expect(seeing(good.flatMap((entry) => (entry.id === 'b1' ? [entry, entry] : [entry])))).toEqual([
      'duplicated: it has b1 at topic/1@10 2 times',
    ]);
  });

  test('have an event that was never committed', () => {
    const aborted = { ...good[0]!, id: 'aborted', offset: 50 };
    expect(seeing([...good, aborted])).toEqual([
      'phantom: it has aborted at topic/0@50, and the log has not',
    ]);
  });
});

test('a follower polls a partition in another order', () => {
  const seen = [...good.slice(3, 6), good[1]!, good[0]!, good[2]!, ...good.slice(6)];
  expect(found(history(good, { followers: { it: seen } }))).toEqual([
    'reordered: it saw a1-begun at topic/0@1 before a1 at topic/0@0',
  ]);
});
