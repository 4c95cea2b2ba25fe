import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import type { DatasetSample, Split } from '../../ml/dataset/format.ts';
import { rollingFeature } from '../../ml/dataset/rolling.ts';
import { completeParameters, engineNamed } from '../../ml/engines.ts';
import type { InstanceSchema } from '../../ml/instance/schema.ts';
import { openPackage } from '../../ml/package/open.ts';
import { buildPackage } from '../../ml/package/package.ts';
import { seededRandom } from '../../ml/random.ts';
import { scratchFile, splitsOf } from '../../test/harness/split-rows.ts';
import { undisturbed } from '../../test/harness/toy-package.ts';
import { computedFields } from './computed.ts';
import { Corpus } from './corpus.ts';

const SCHEMA: InstanceSchema = {
  fields: { shop: { type: 'category' }, price: { type: 'number' } },
};
const FEATURE = rollingFeature.parse({ column: 'price', by: 'shop', window: 2, statistics: ['mean', 'max'] });
const [MEAN, MAX] = ['price_mean_last_2_by_shop', 'price_max_last_2_by_shop'];

async function sealed(
  rows: readonly [id: string, day: number, shop: string, price: number | null, target?: string][],
) {
  await using file = scratchFile();
  const gathered = new Corpus(file);
  for (const [id, day, shop, price, target = 'x'] of rows) {
    const time = new Date(Date.UTC(2024, 0, day)).toISOString();
    await gathered.accept({
      id,
      target,
      time,
      group: null,
      otherLabels: [],
      instance: { shop, price, stale: 1 },
    });
  }
  const corpus = await gathered.sealed();
  const byId = new Map(rows.map(([id], at): [string, Split] => [id, at % 5 === 0 ? 'validation' : 'train']));
  const sorted = rows.map(([id]) => ({ id })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const splits = splitsOf(sorted, byId);
  const { schema, add } = await computedFields(SCHEMA, [FEATURE], corpus, splits);
  const samples: DatasetSample[] = [];
  for await (const chunk of corpus.samples(splits)) samples.push(...chunk.map(add));
  return { schema, samples };
}

test('each sample has the statistics of those before it, by time, whatever its split and the order of ids', async () => {
  const { schema, samples } = await sealed([
    ['d', 1, 'A', 10],
    ['a', 2, 'A', 20],
    ['c', 3, 'B', 7],
    ['b', 4, 'A', null],
    ['e', 5, 'A', 40],
    ['f', 5, 'A', 50],
    ['g', 6, 'A', 1],
  ]);
  expect(Object.keys(schema.fields)).toEqual(['shop', 'price', MEAN, MAX]);
  const found = samples.map(({ id, instance }) => [id, instance[MEAN!], instance[MAX!]]);
  expect(found).toEqual([
    ['a', 10, 10],
    ['b', 15, 20],
    ['c', null, null],
    ['d', null, null],
    ['e', 15, 20], // b has no price
    ['f', 15, 20], // e is of the same time
    ['g', 45, 50],
  ]);
  expect(samples.every(({ instance }) => !('stale' in instance))).toBe(true); // no field of the task
});

test('a sample without a time is refused', async () => {
  await using file = scratchFile();
  const corpus = new Corpus(file);
  const sample = { target: 'x', group: null, otherLabels: [], instance: { shop: 'A', price: 1 } };
  await corpus.accept({ ...sample, id: 'a', time: null });
  await expect(
    computedFields(SCHEMA, [FEATURE], await corpus.sealed(), Uint8Array.of(1)),
  ).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: expect.stringContaining("a has none: name a column as 'time'"),
  });
});

test('a package asks for the features, and answers with them as it did in training', async () => {
  const random = seededRandom(1);
  let before = 0;
  const { schema, samples } = await sealed(
    Array.from({ length: 200 }, (_, at) => {
      const price = 10 * random();
      const target = before > 5 ? 'dear' : 'cheap'; // of the price before: the row itself does not say it
      before = price;
      return [`r${1_000 + at}`, at, 'A', price, target];
    }),
  );
  const part = (split: Split) => samples.filter((sample) => sample.split === split);
  const data = {
    task: { name: 't', type: 'classification' as const, labels: ['cheap', 'dear'] },
    ...{ schema, train: part('train'), validation: part('validation'), seed: 1 },
    parameters: completeParameters('trees', { maxRounds: 20 }),
  };
  const trained = await engineNamed('trees').train({ ...data, ...undisturbed() });
  const dataset = { id: 'd', sha256: '', description: '', samples: { train: 160, validation: 40 } };
  const { files, metrics } = await buildPackage(trained, data, { name: 't', engine: 'trees', dataset });
  expect(metrics.accuracy).toBeGreaterThan(0.65);
  const opened = openPackage(files);
  const [{ instance }] = part('validation').slice(-1) as [DatasetSample];
  const sent = opened.validate(JSON.parse(JSON.stringify(instance)));
  const session = await InferenceSession.create(opened.onnx);
  const feeds = Object.entries(opened.inputsOf([sent])).map(([name, { data: values, dims }]) => [
    name,
    new OrtTensor('float32', values as Float32Array, dims),
  ]);
  const { probabilities } = await session.run(Object.fromEntries(feeds));
  const { values } = await trained.predict([instance]);
  for (const [at, value] of values.entries()) expect(Number(probabilities!.data[at])).toBeCloseTo(value, 5);

  const { [MEAN!]: _, ...without } = instance;
  expect(() => opened.validate(without)).toThrow(
    /price_mean_last_2_by_shop was computed in training, and is not here/,
  );
  expect(() => opened.inputsOf([without])).toThrow(/send the mean of price over the last 2 records/);
});
