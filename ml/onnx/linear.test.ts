import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { padBatch, TFIDF_INPUTS } from '../adapters/tfidf.ts';
import { fitTfidf } from '../features/tfidf.ts';
import { type LinearModel, predictLinear } from '../linear/model.ts';
import { TextEncoder } from '../linear/text.ts';
import { seededRandom } from '../random.ts';
import { weightedText } from '../text/weighted.ts';
import { readGraphTypes } from './graph-types.ts';
import { exportLinear } from './linear.ts';

const documents = [
  { title: 'sparse attention', abstract: 'attention over long sequences with sparse attention patterns' },
  { title: 'query planning', abstract: 'planning of queries over sequences of joins in a database' },
  { title: 'attention in databases', abstract: 'joins' },
  { title: '', abstract: 'words never seen before' },
];

const FIELDS = [
  { name: 'title', weight: 2 },
  { name: 'abstract', weight: 1 },
];

/** @param isUsed whether a feature has a weight */
function randomModel(isUsed: (feature: number) => boolean = () => true): LinearModel {
  const featuriser = fitTfidf(
    documents.map((document) => weightedText(document, FIELDS)),
    { ngram: 2, minDf: 1, maxFeatures: 100, idfPower: 1 },
  );
  const labels: string[] = ['cs.CL', 'cs.DB', 'cs.DS'];
  const random = seededRandom(1);
  const weights = Float32Array.from({ length: (featuriser.columns + 1) * 3 }, (_, at) =>
    isUsed(Math.floor(at / 3)) ? 4 * random() - 2 : 0,
  );
  const encoder = new TextEncoder([{ featuriser, fields: FIELDS, weight: 1 }]);
  const task = { name: 'random', type: 'classification', labels } as const;
  return { task, encoder, weights, temperature: 0.37, standard: { mean: 0, deviation: 1 } };
}

const exported = (model = randomModel()) => exportLinear(model, TFIDF_INPUTS, { adapter_sha256: 'ab12' });
const sparse = () => randomModel((feature) => feature % 8 === 0);

describe('a linear model as an ONNX graph', () => {
  test.each([
    ['of all features', randomModel()],
    ['of the features that have a weight', sparse()],
  ])('ONNX Runtime computes the probabilities that the typed arrays give, %s', async (_, model) => {
    const session = await InferenceSession.create(exported(model));
    const unknown = { title: 'zebra', abstract: 'quagga' }; // no known term: all padding
    const { encoder } = model;
    if (encoder.kind !== 'text') throw new Error('it is of texts');
    const rows = [...documents, unknown].map((document) =>
      encoder.blocks[0]!.featuriser.featurise(weightedText(document, FIELDS)),
    );
    const { indices, values } = padBatch(rows, encoder.columns);
    const { probabilities } = await session.run({
      indices: new Tensor('int64', BigInt64Array.from(indices!.data, BigInt), indices!.dims),
      values: new Tensor('float32', Float32Array.from(values!.data, Number), values!.dims),
    });
    const expected = predictLinear(model, [...documents, unknown]);
    expect(probabilities!.dims).toEqual([5, 3]);
    for (const [at, value] of expected.values.entries()) {
      expect(Math.abs(Number(probabilities!.data[at]) - value)).toBeLessThan(1e-6);
    }
  });

  test('of a feature without a weight only the number of its row is there', () => {
    const features = randomModel().encoder.columns;
    const dropped = 7 * Math.floor(features / 8); // three floats each, less the number of a row
    expect(exported().length - exported(sparse()).length).toBeGreaterThan(8 * dropped - 4 * features);
  });

  test('two exports are the same bytes', () => {
    expect(exported()).toEqual(exported());
  });

  test('labels, temperature and the hash of the data of the adapter are in the metadata', () => {
    expect(readGraphTypes(exported()).metadata).toEqual({
      labels: '["cs.CL","cs.DB","cs.DS"]',
      temperature: '0.37',
      adapter_sha256: 'ab12',
    });
  });
});
