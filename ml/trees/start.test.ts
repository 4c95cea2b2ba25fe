import { expect, test } from 'vitest';
import { undisturbed } from '../../test/harness/toy-package.ts';
import type { TrainingData } from '../engines/engine.ts';
import { completeParameters, engineNamed } from '../engines.ts';
import { buildPackage } from '../package/package.ts';
import type { Example } from '../problem.ts';

const task = { name: 'prices', type: 'classification' as const, labels: ['cheap', 'dear'] };
const schema = { fields: { weight: { type: 'number' }, colour: { type: 'category' } } } as const;

/** Red is dear. */
const examples = (rows: number, colours: readonly string[]): Example[] =>
  Array.from({ length: rows }, (_, at) => {
    const colour = colours[at % colours.length]!;
    return { instance: { weight: (at * 13) % 17, colour }, target: colour === 'red' ? 'dear' : 'cheap' };
  });

async function train(data: Partial<TrainingData>, parameters = {}) {
  const given: TrainingData = {
    ...{
      task,
      schema,
      seed: 1,
      train: examples(200, ['red', 'blue']),
      validation: examples(40, ['red', 'blue']),
    },
    ...data,
    parameters: completeParameters('trees', parameters),
  };
  const trained = await engineNamed('trees').train({ ...given, ...undisturbed() });
  const dataset = { id: 'd', sha256: 'c0ffee', description: '', samples: { train: 0, validation: 0 } };
  const { files } = await buildPackage(trained, given, { name: 'm', engine: 'trees', dataset });
  return { trained, start: { version: 'v1.0.0', package: 'sha256:c0ffee', files } };
}

test('a category that was not known goes where it went, and then learns', async () => {
  const first = await train({});
  const asked = ['green', 'red', 'blue'].map((colour) => ({ weight: 3, colour }));
  const before = (await first.trained.predict(asked)).values;
  const withGreen = { train: examples(300, ['red', 'blue', 'green']), start: first.start };
  const same = await train(withGreen, { maxRounds: 1, learningRate: 1e-6 });
  for (const [at, value] of (await same.trained.predict(asked)).values.entries()) {
    expect(value).toBeCloseTo(before[at]!, 1); // another temperature
  }
  const dear = (given: readonly Example[]) =>
    given.map((own) => (own.instance.colour === 'green' ? { ...own, target: 'dear' } : own));
  const [learnt, held] = [dear(withGreen.train), dear(withGreen.train.slice(0, 60))];
  const more = await train({ ...withGreen, train: learnt, validation: held }, { maxRounds: 40 });
  expect((await more.trained.predict(asked)).values[1]).toBeGreaterThan(0.9);
});

test('other labels and other columns are refused', async () => {
  const { start } = await train({}, { maxRounds: 2 });
  const labels = { ...task, labels: ['cheap', 'dear', 'free'] };
  await expect(train({ task: labels, start })).rejects.toThrow(
    'training cannot start from v1.0.0: its labels are cheap, dear, and there are cheap, dear, free',
  );
  const more = { fields: { ...schema.fields, age: { type: 'number' } } } as const;
  await expect(train({ schema: more, start })).rejects.toThrow(
    /its columns are weight \(number\), colour \(category\), and those of this training .*age \(number\)/,
  );
});
