import { describe, expect, test } from 'vitest';
import { ExpectationCheck, robustScores } from './check.ts';
import { type Expectation, isRefused, toldFinding } from './expectation.ts';

const row = (id: string, x: number | null, target = 'a') => ({ id, instance: { x }, target });
const findings = (expectation: Expectation, rows: readonly ReturnType<typeof row>[]) => {
  const check = new ExpectationCheck([expectation]);
  for (const one of rows) check.add(one);
  return check.findings()[0]!;
};
const critical = { severity: 'critical', text: 'it' } as const;

describe('an expectation', () => {
  const rows = Array.from({ length: 100 }, (_, at) => row(`r${at}`, at < 5 ? null : at, at < 90 ? 'a' : 'b'));

  test.each([
    [0.05, true],
    [0.04, false],
  ])('of missing values bounds their share: %d', (share, holds) => {
    expect(findings({ ...critical, kind: 'missing', column: 'x', share }, rows)).toMatchObject({
      ...{ holds, failed: 5, samples: 100, share: 0.05 },
      rows: ['r0', 'r1', 'r2', 'r3', 'r4'],
    });
  });

  test('of values is not about samples without one', () => {
    const holds = ({ x }: { x?: unknown }) => (x === null ? null : Number(x) < 90);
    const found = findings({ ...critical, kind: 'valid', share: 0, holds: holds as never }, rows);
    expect(found).toMatchObject({ holds: false, failed: 10, samples: 95 });
    expect(toldFinding(found)).toMatch(
      /^'it' is broken by 10 of 95 samples \(10\.53 %, the bound is 0 %\): r90, /,
    );
  });

  test('of balance is about the rarest class', () => {
    expect(findings({ ...critical, kind: 'balance', share: 0.1 }, rows)).toMatchObject({
      holds: true,
      share: 0.1,
    });
    const found = findings({ ...critical, kind: 'balance', share: 0.2 }, rows);
    expect(found).toMatchObject({ holds: false, failed: 10, rows: ['b (10)'] });
  });

  test('of outliers names those that are far from the others, the furthest first', () => {
    const far = [...rows, row('far', 1_000), row('further', -5_000)];
    const found = findings({ ...critical, kind: 'outliers', column: 'x', share: 0.01 }, far);
    expect(found).toMatchObject({ holds: false, failed: 2, samples: 97, rows: ['further', 'far'] });
  });

  test('of no samples holds', () => {
    for (const kind of ['missing', 'outliers'] as const)
      expect(findings({ ...critical, kind, column: 'x', share: 0 }, []).holds).toBe(true);
    expect(findings({ ...critical, kind: 'balance', share: 0.1 }, []).holds).toBe(true);
  });

  test('that is a warning refuses nothing', () => {
    const broken = findings(
      { text: 'it', severity: 'warning', kind: 'missing', column: 'x', share: 0 },
      rows,
    );
    expect(isRefused([broken])).toBe(false);
    expect(isRefused([broken, { ...broken, severity: 'critical' }])).toBe(true);
  });
});

test('robust scores equal those of SciPy: 0.6745 (x − median) / median_abs_deviation', () => {
  const scores = robustScores([1, 2, 4, 7, 11, 100]); // scipy.stats.median_abs_deviation: 4, median 5.5
  expect([...scores].map((score) => Number(score.toFixed(6)))).toEqual(
    [-4.5, -3.5, -1.5, 1.5, 5.5, 94.5].map((deviation) => Number(((0.6745 * deviation) / 4).toFixed(6))),
  );
  expect([...robustScores([3, 3, 3])]).toEqual([0, 0, 0]);
  expect(robustScores([3, 3, 3, 3, 9])[4]).toBeGreaterThan(3);
});
