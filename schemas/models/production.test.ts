import { describe, expect, test } from 'vitest';
import {
  type Decisions,
  decisionOf,
  inProduction,
  isRetired,
  laterOf,
  latestFirst,
  type ProductionFact,
  rollbackTarget,
  withDecision,
} from './production.ts';

const origin = {
  package: 'p',
  runId: 'r',
  datasetId: 'd',
  evaluationId: 'e',
  reason: 'why',
  requestedBy: 'ada',
  policyVersion: 1,
};
const envelope = (sequence: number) => ({
  id: `id-${sequence}`,
  correlationId: 'c',
  sequence,
  time: 10 * sequence,
});

const promoted = (sequence: number, version: string): ProductionFact => ({
  ...envelope(sequence),
  type: 'VersionPromoted',
  data: { model: 'm', version, previous: null, ...origin },
});
const rolledBack = (sequence: number, version: string): ProductionFact => ({
  ...envelope(sequence),
  type: 'VersionRolledBack',
  data: { model: 'm', version, from: 'x', ...origin },
});
const retired = (sequence: number): ProductionFact => ({
  ...envelope(sequence),
  type: 'ModelRetired',
  data: { model: 'm', version: null, reason: 'old', requestedBy: 'ada', policyVersion: 1 },
});
const folded = (...facts: ProductionFact[]): Decisions => facts.reduce(withDecision, []);

describe('the decisions about a model', () => {
  test('say what is in production, since when, decided by whom and why', () => {
    const decisions = folded(promoted(1, 'v1'), promoted(2, 'v2'));
    expect(inProduction(decisions)).toMatchObject({ model: 'm', version: 'v2', datasetId: 'd' });
    expect(decisions.at(-1)).toMatchObject({ since: 20, decidedBy: 'ada', reason: 'why', number: 2 });
    expect(inProduction([])).toBeUndefined();
  });

  test('are the same in whatever order and however often the facts come', () => {
    const [one, two, three] = [promoted(1, 'v1'), promoted(2, 'v2'), rolledBack(3, 'v1')];
    expect(folded(three, one, two, one)).toEqual(folded(one, two, three));
    expect(laterOf(decisionOf(three), decisionOf(two))).toEqual(decisionOf(three));
    expect(laterOf(undefined, decisionOf(two))).toEqual(decisionOf(two));
  });

  test('end with a retirement until a version is promoted again', () => {
    const decisions = folded(promoted(1, 'v1'), retired(2));
    expect([isRetired(decisions), inProduction(decisions)]).toEqual([true, undefined]);
    expect(isRetired(withDecision(decisions, promoted(3, 'v1')))).toBe(false);
  });

  test.each([
    ['one promotion', [promoted(1, 'v1')], undefined],
    ['two promotions', [promoted(1, 'v1'), promoted(2, 'v2')], 'v1'],
    ['a rollback', [promoted(1, 'v1'), promoted(2, 'v2'), promoted(3, 'v3'), rolledBack(4, 'v2')], 'v1'],
    ['a rollback to the first', [promoted(1, 'v1'), promoted(2, 'v2'), rolledBack(3, 'v1')], undefined],
    [
      'a rollback over two',
      [promoted(1, 'v1'), promoted(2, 'v2'), promoted(3, 'v3'), promoted(4, 'v4'), rolledBack(5, 'v2')],
      'v1',
    ],
    ['a retirement', [promoted(1, 'v1'), promoted(2, 'v2'), retired(3), promoted(4, 'v3')], undefined],
  ])('after %s have a rollback target', (_, facts, version) => {
    expect(rollbackTarget(folded(...facts))?.version).toBe(version);
  });

  test('name each version once, the latest first', () => {
    const decisions = folded(promoted(1, 'v1'), promoted(2, 'v2'), rolledBack(3, 'v1'), retired(4));
    expect(latestFirst(decisions).map(({ version }) => version)).toEqual(['v1', 'v2']);
  });
});
