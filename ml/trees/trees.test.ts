import { describe, expect, test } from 'vitest';
import { InvalidInput } from '../errors.ts';
import { applyBins, fitBins } from './bins.ts';
import { amount, COLUMNS, classOf, generatedTable } from './fixtures.ts';
import type { Objective } from './loss.ts';
import type { TreesParameters } from './parameters.ts';
import type { Table } from './table.ts';
import { type LabelledTable, type TrainedTrees, trainTrees } from './train.ts';
import { ensembleScores, type Tree } from './tree.ts';

interface Options {
  validation?: LabelledTable;
  parameters?: Partial<TreesParameters>;
  before?: readonly Tree[];
  start?: TrainedTrees;
  directions?: Int8Array;
}

function trained(train: LabelledTable, objective: Objective, options: Options = {}): TrainedTrees {
  const { validation, parameters, ...others } = options;
  const training = trainTrees(train, validation, objective, parameters, others);
  for (;;) {
    const step = training.next();
    if (step.done) return step.value;
  }
}

const numbers = (...values: number[]): Table => ({
  rows: values.length,
  columns: [{ kind: 'number' }],
  values: Float32Array.from(values),
});

function variance(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

describe('bins', () => {
  test('of few distinct numbers are one each, with the middles between them as thresholds', () => {
    const table = numbers(3, 1, 2, 1, Number.NaN);
    const columns = fitBins(table);
    expect([...columns[0]!.thresholds]).toEqual([1.5, 2.5]);
    expect([...applyBins([table], columns).bins]).toEqual([2, 0, 1, 0, 3]);
  });

  test('of many distinct numbers hold about as many rows each', () => {
    const table = numbers(...Array.from({ length: 10_000 }, (_, at) => at ** 2));
    const counts = new Map<number, number>();
    for (const bin of applyBins([table], fitBins(table)).bins) counts.set(bin, (counts.get(bin) ?? 0) + 1);
    expect(counts.size).toBe(255);
    expect(Math.max(...counts.values())).toBeLessThan(45);
    expect(Math.min(...counts.values())).toBeGreaterThan(15);
  });

  test('of neighbouring numbers of single precision keep them apart', () => {
    const low = Math.fround(0.1);
    const high = low + 2 ** -27; // the next one
    const table = numbers(low, high);
    expect([...applyBins([table], fitBins(table)).bins]).toEqual([0, 1]);
  });
});

describe('boosted trees', () => {
  test('learn a number from steps, missing values and sets of categories', () => {
    const model = trained(generatedTable(2_000, 1, amount), { kind: 'regression' });
    const { table, targets } = generatedTable(500, 2, amount);
    const scores = ensembleScores(model, table);
    const errors = targets.map((target, row) => target - scores[row]!);
    expect(variance(errors) / variance(targets)).toBeLessThan(0.002);
  });

  test.each([2, 4])('learn which of %s classes a row is of', (classes) => {
    const objective: Objective = classes === 2 ? { kind: 'binary' } : { kind: 'multiclass', classes };
    const model = trained(generatedTable(3_000, 1, classOf(classes)), objective, {
      parameters: { maxRounds: 30 },
    });
    const { table, targets } = generatedTable(500, 2, classOf(classes));
    const scores = ensembleScores(model, table);
    const chosen = Float64Array.from(targets, (_, row) => {
      if (model.scores === 1) return scores[row]! > 0 ? 1 : 0;
      const own = scores.subarray(row * classes, (row + 1) * classes);
      return own.indexOf(Math.max(...own));
    });
    expect(chosen.filter((label, row) => label === targets[row]).length / 500).toBeGreaterThan(0.97);
  });

  test('with one tree are the best step: its leaves are the shrunken means of both sides', () => {
    const train = { table: numbers(1, 1, 1, 9, 9, 9), targets: Float64Array.of(0, 1, 2, 10, 11, 12) };
    const parameters = { maxRounds: 1, maxLeaves: 2, minLeaf: 1, learningRate: 0.5 };
    const model = trained(train, { kind: 'regression' }, { parameters });
    expect(model.base).toEqual(Float64Array.of(6));
    expect([...ensembleScores(model, numbers(0, 5, 5.1, 99))]).toEqual([3.5, 3.5, 8.5, 8.5]);
  });

  test('tell a missing number from all others, also where it was never missing before', () => {
    const train = {
      table: numbers(...Array.from({ length: 40 }, (_, row) => (row < 20 ? row : Number.NaN))),
      targets: Float64Array.from({ length: 40 }, (_, row) => (row < 20 ? 0 : 1)),
    };
    const parameters = { maxRounds: 1, learningRate: 1, maxLeaves: 2 };
    const model = trained(train, { kind: 'regression' }, { parameters });
    expect([...ensembleScores(model, numbers(3, 1e30, Number.NaN))]).toEqual([0, 0, 1]);
    const never = {
      table: numbers(...Array(30).fill(1), ...Array(20).fill(2)),
      targets: new Float64Array(50).fill(1, 30),
    };
    const larger = trained(never, { kind: 'regression' }, { parameters });
    const scores = [...ensembleScores(larger, numbers(1, 2, Number.NaN))];
    expect(scores).toEqual([expect.closeTo(0, 6), expect.closeTo(1, 6), expect.closeTo(0, 6)]);
  });

  test('stop when validation does not get better, and end with the best round', () => {
    const noise = (seed: number) => generatedTable(400, seed, (_, random) => random());
    const model = trained(
      noise(1),
      { kind: 'regression' },
      { validation: noise(2), parameters: { patience: 5 } },
    );
    expect(model.stopped).toBe('patience');
    expect(model.rounds).toHaveLength(model.bestRound + 5);
    expect(model.trees).toHaveLength(model.bestRound);
    const losses = model.rounds.map(({ validationLoss }) => validationLoss!);
    expect(Math.min(...losses)).toBe(losses[model.bestRound - 1]);
  });

  test.each<Objective>([{ kind: 'regression' }, { kind: 'multiclass', classes: 3 }])(
    'of a training that goes on ($kind) are those of one that never stopped',
    (objective) => {
      const targetOf = objective.kind === 'regression' ? amount : classOf(3);
      const [train, validation] = [generatedTable(800, 1, targetOf), generatedTable(200, 2, targetOf)];
      const parameters = { maxRounds: 12 };
      const whole = trained(train, objective, { validation, parameters });
      const before = whole.trees.slice(0, 5 * whole.scores);
      expect(trained(train, objective, { validation, parameters, before })).toEqual(whole);
    },
  );

  test.each<Objective>([{ kind: 'regression' }, { kind: 'multiclass', classes: 3 }])(
    'on top of those of another training ($kind) are those of a longer one',
    (objective) => {
      const targetOf = objective.kind === 'regression' ? amount : classOf(3);
      const [train, validation] = [generatedTable(800, 1, targetOf), generatedTable(200, 2, targetOf)];
      const whole = trained(train, objective, { validation, parameters: { maxRounds: 8 } });
      const start = trained(train, objective, { validation, parameters: { maxRounds: 5 } });
      const more = trained(train, objective, { validation, start, parameters: { maxRounds: 3 } });
      expect(more.trees).toEqual(whole.trees);
      expect(more.rounds.map(({ trainLoss }) => trainLoss)).toEqual(
        whole.rounds.slice(5).map(({ trainLoss }) => trainLoss),
      );
    },
  );

  test.each([1, -1])(
    'with a direction (%s) never go the other way, whatever the other columns are',
    (direction) => {
      const noisy = ([a = 0, b = 0, code = 0]: readonly number[], random: () => number) =>
        direction * a + (Number.isNaN(b) ? 4 : b) + (code === 1 ? 8 : 0) + 12 * random();
      const train = generatedTable(2_000, 1, noisy);
      const falls = (directions: Int8Array | undefined) => {
        const parameters = { maxRounds: 30, minLeaf: 5 };
        const model = trained(
          train,
          { kind: 'regression' },
          { parameters, ...(directions && { directions }) },
        );
        return [0, 3, 5].flatMap((code) =>
          [0.2, 0.9, Number.NaN].flatMap((b) => {
            const rows = Array.from({ length: 200 }, (_, at) => [at / 20, b, code]);
            const values = Float32Array.from(rows.flat());
            const scores = ensembleScores(model, { rows: 200, columns: COLUMNS, values });
            return [...scores].filter((score, at) => at > 0 && direction * (score - scores[at - 1]!) < -1e-6);
          }),
        ).length;
      };
      expect(falls(undefined)).toBeGreaterThan(20);
      expect(falls(Int8Array.of(direction, 0, 0))).toBe(0);
    },
  );

  test('with directions that bind nothing are those without', () => {
    const train = generatedTable(1_000, 1, amount);
    const parameters = { maxRounds: 5 };
    const free = trained(train, { kind: 'regression' }, { parameters });
    const unbound = trained(train, { kind: 'regression' }, { parameters, directions: new Int8Array(3) });
    const [expected, scores] = [free, unbound].map((model) => ensembleScores(model, train.table));
    for (const [row, score] of scores!.entries()) expect(score).toBeCloseTo(expected![row]!, 5);
  });

  test.each<Objective>([{ kind: 'regression' }, { kind: 'binary' }, { kind: 'multiclass', classes: 3 }])(
    'of rows that count twice ($kind) are those of rows that are there twice',
    (objective) => {
      const classes = objective.kind === 'binary' ? 2 : 3;
      const rows = Array.from({ length: 300 }, (_, at) => [at % 10, (at * 7) % 4]);
      const targetOf = ([a = 0, b = 0]: readonly number[]) =>
        objective.kind === 'regression' ? a * b : (a + b * b) % classes;
      const table = (given: readonly (readonly number[])[]) => ({
        table: {
          rows: given.length,
          columns: [{ kind: 'number' }, { kind: 'number' }] as const,
          values: Float32Array.from(given.flat()),
        },
        targets: Float64Array.from(given, targetOf),
      });
      const isDouble = ([a = 0]: readonly number[]) => a > 6;
      const parameters = { maxRounds: 10, minLeaf: 1, maxLeaves: 8 };
      const weighted = trained(
        { ...table(rows), weights: Float64Array.from(rows, (row) => (isDouble(row) ? 2 : 1)) },
        objective,
        { parameters },
      );
      const twice = trained(table([...rows, ...rows.filter(isDouble)]), objective, { parameters });
      expect(weighted.rounds.at(-1)!.trainLoss).toBeCloseTo(twice.rounds.at(-1)!.trainLoss, 9);
      const [scores, expected] = [weighted, twice].map((model) => ensembleScores(model, table(rows).table));
      for (const [row, score] of scores!.entries()) expect(score).toBeCloseTo(expected![row]!, 5);
    },
  );

  test('hold at most so many leaves, each of at least so many rows', () => {
    const train = generatedTable(1_000, 1, amount);
    const parameters = { maxRounds: 3, maxLeaves: 6, minLeaf: 50 };
    for (const tree of trained(train, { kind: 'regression' }, { parameters }).trees) {
      expect(tree.feature.filter((feature) => feature === -1).length).toBeLessThanOrEqual(6);
      const counts = new Map<number, number>();
      const single = { scores: 1, base: Float64Array.of(0), trees: [tree] };
      for (const score of ensembleScores(single, train.table))
        counts.set(score, (counts.get(score) ?? 0) + 1);
      expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(50);
    }
  });

  test.each<[string, LabelledTable, Objective, Partial<TreesParameters>]>([
    [
      'a code out of range',
      { table: { rows: 1, columns: COLUMNS, values: Float32Array.of(1, 1, 6) }, targets: Float64Array.of(1) },
      { kind: 'regression' },
      {},
    ],
    [
      'too few values',
      { table: { rows: 2, columns: COLUMNS, values: new Float32Array(3) }, targets: new Float64Array(2) },
      { kind: 'regression' },
      {},
    ],
    [
      'an infinite number',
      { table: numbers(Infinity), targets: new Float64Array(1) },
      { kind: 'regression' },
      {},
    ],
    ['no rows', { table: numbers(), targets: new Float64Array() }, { kind: 'regression' }, {}],
    ['a class that is not there', { table: numbers(1), targets: Float64Array.of(2) }, { kind: 'binary' }, {}],
    [
      'a target that is missing',
      { table: numbers(1), targets: Float64Array.of(Number.NaN) },
      { kind: 'regression' },
      {},
    ],
    [
      'targets of other rows',
      { table: numbers(1), targets: new Float64Array(2) },
      { kind: 'regression' },
      {},
    ],
    [
      'a learning rate of 0',
      { table: numbers(1), targets: new Float64Array(1) },
      { kind: 'regression' },
      { learningRate: 0 },
    ],
  ])('refuse %s', (_, train, objective, parameters) => {
    expect(() => trained(train, objective, { parameters })).toThrow(InvalidInput);
  });
});
