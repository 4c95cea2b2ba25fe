import { expect, test } from 'vitest';
import { completeParameters } from '../engines.ts';
import type { InstanceSchema } from '../instance/schema.ts';
import type { ClassificationProblem, Example, LearningProblem } from '../problem.ts';
import { seededRandom } from '../random.ts';
import { augmented } from './augment.ts';

const TOPICS: ClassificationProblem = { name: 'topics', type: 'classification', labels: ['x', 'y'] };
const TEXTS: InstanceSchema = {
  fields: { title: { type: 'text' }, body: { type: 'text' }, names: { type: 'text', optIn: true } },
};
const TABLE: InstanceSchema = {
  fields: {
    size: { type: 'number', minimum: 0 },
    age: { type: 'number' },
    kind: { type: 'category' },
    day: { type: 'date' },
  },
};

const texts = (count: number): Example[] =>
  Array.from({ length: count }, (_, at) => ({
    instance: {
      title: `title ${at} of it`,
      body: `First ${at}. Second one. Third one of ${at}.`,
      names: 'ada, bob',
    },
    target: at % 2 === 0 ? 'x' : 'y',
    otherLabels: ['z'],
  }));

function rows(counts: Record<string, number>, seed = 1): Example[] {
  const random = seededRandom(seed);
  return Object.entries(counts).flatMap(([target, count], kind) =>
    Array.from({ length: count }, (_, at) => ({
      instance: {
        size: random() + kind,
        age: at % 5 === 0 ? null : random() * 10,
        kind: `k${kind}`,
        day: `2024-01-0${1 + (at % 9)}`,
      },
      target,
    })),
  );
}

const given = (
  schema: InstanceSchema,
  train: readonly Example[],
  parameters: Record<string, unknown>,
  task: LearningProblem = TOPICS,
) => ({ task, schema, train, seed: 7, parameters: completeParameters('linear', parameters as never) });

test('without a method the training split stays as it is', () => {
  const train = texts(5);
  expect(augmented(given(TEXTS, train, {}))).toEqual({ train, made: {} });
});

test.each(['deletion', 'swap', 'insertion', 'sentences', 'ngrams', 'synonyms'])(
  '%s makes a sample of three of ten, with the same label; those that there were stay first',
  (method) => {
    const train = texts(1_000);
    const parameters = { augmentation: [method], synonyms: ['one, some'] };
    const { train: all, made } = augmented(given(TEXTS, train, parameters));
    expect(all.slice(0, 1_000)).toEqual(train);
    expect(made[method]).toBe(all.length - 1_000);
    expect(made[method]).toBeGreaterThan(250);
    expect(made[method]).toBeLessThan(350);
    for (const { instance, target, otherLabels } of all.slice(1_000)) {
      const source = train[Number(/\d+/.exec(`${instance.title} ${instance.body}`)?.[0])];
      expect(instance.names).toBe('ada, bob'); // read by some models alone
      expect(otherLabels).toEqual(['z']);
      if (source && method === 'sentences') expect(target).toBe(source.target);
    }
  },
);

test('the same seed makes the same samples, another one others; the seed of augmentation goes before that of the run', () => {
  const data = given(TEXTS, texts(50), { augmentation: ['swap', 'deletion'], augmentationProbability: 0.5 });
  expect(augmented(data)).toEqual(augmented(data));
  expect(augmented({ ...data, seed: 8 })).not.toEqual(augmented(data));
  const seeds = { augmentation: 3 };
  expect(augmented({ ...data, seed: 8, seeds })).toEqual(augmented({ ...data, seeds }));
  expect(Object.keys(augmented(data).made).sort()).toEqual(['deletion', 'swap']);
});

test('noise moves numbers by a share of the deviation of their column, within their range', () => {
  const train = rows({ x: 1_000 });
  const { train: all, made } = augmented(
    given(TABLE, train, { augmentation: ['noise'], augmentationProbability: 1, noise: 0.5 }),
  );
  expect(made).toEqual({ noise: 1_000 });
  const moved = train.map(({ instance }, at) => Number(all[1_000 + at]!.instance.age) - Number(instance.age));
  const present = moved.filter((_, at) => train[at]!.instance.age !== null);
  const deviation = Math.sqrt(present.reduce((sum, value) => sum + value ** 2, 0) / present.length);
  expect(deviation / (0.5 * (10 / Math.sqrt(12)))).toBeCloseTo(1, 1); // that of a uniform number up to 10
  for (const [at, { instance }] of all.slice(1_000).entries()) {
    expect(instance.size).toBeGreaterThanOrEqual(0);
    expect(instance.kind).toBe('k0');
    if (train[at]!.instance.age === null) expect(instance.age).toBeNull();
  }
});

test('smote brings every class to the size of the largest, between two rows of the class', () => {
  const train = rows({ x: 60, y: 15 });
  const { train: all, made } = augmented(given(TABLE, train, { augmentation: ['smote'] }));
  expect(made).toEqual({ smote: 45 });
  const sizes = train.slice(60).map(({ instance }) => Number(instance.size));
  for (const { instance, target } of all.slice(75)) {
    expect(target).toBe('y');
    expect(instance.kind).toBe('k1');
    expect(instance.size).toBeGreaterThanOrEqual(Math.min(...sizes));
    expect(instance.size).toBeLessThanOrEqual(Math.max(...sizes));
    expect(sizes).not.toContain(instance.size);
  }
});

test('interpolation of a number moves the target with the row', () => {
  const task: LearningProblem = { name: 'scores', type: 'regression' };
  const train = Array.from({ length: 40 }, (_, at) => ({
    instance: { size: at, age: 1, kind: 'k', day: '2024-01-01' },
    target: 10 * at,
  }));
  const { train: all, made } = augmented(
    given(TABLE, train, { augmentation: ['interpolation'], augmentationProbability: 1 }, task),
  );
  expect(made).toEqual({ interpolation: 40 });
  for (const { instance, target } of all.slice(40)) expect(target).toBeCloseTo(10 * Number(instance.size), 9);
});

test.each([
  [TEXTS, ['noise'], TOPICS, /noise is not for texts: they have deletion, swap/],
  [TABLE, ['swap'], TOPICS, /swap is not for tables: they have noise, interpolation, smote/],
  [TEXTS, ['synonyms'], TOPICS, /synonyms needs a list of them, such as synonyms: \["large, big"\]/],
  [TABLE, ['smote'], { name: 'scores', type: 'regression' }, /smote .*learns regression: take interpolation/],
  [TABLE, ['interpolation'], { ...TOPICS, type: 'multilabel' }, /interpolation .* take noise/],
] as [InstanceSchema, string[], LearningProblem, RegExp][])(
  '%# is refused',
  (schema, augmentation, task, message) => {
    expect(() => augmented(given(schema, [], { augmentation }, task))).toThrow(message);
  },
);

test('a method that is misspelt is refused with the nearest one', () => {
  expect(() => completeParameters('trees', { augmentation: ['smoote'] })).toThrow(
    /'smoote' is no method; did you mean smote\?/,
  );
});
