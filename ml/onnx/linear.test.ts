import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { fitTfidf } from '../features/tfidf.ts';
import { type LinearModel, predictProbabilities } from '../linear/model.ts';
import { seededRandom } from '../random.ts';
import { composeText } from '../text/document.ts';
import { exportLinear, padBatch } from './linear.ts';
import { readMetadata } from './model-proto.ts';

const documents = [
  { title: 'sparse attention', abstract: 'attention over long sequences with sparse attention patterns' },
  { title: 'query planning', abstract: 'planning of queries over sequences of joins in a database' },
  { title: 'attention in databases', abstract: 'joins' },
  { title: '', abstract: 'words never seen before' },
];

function randomModel(): LinearModel {
  const featuriser = fitTfidf(
    documents.map((document) => composeText(document, 2)),
    { ngram: 2, minDf: 1, maxFeatures: 100, idfPower: 1 },
  );
  const labels = ['cs.CL', 'cs.DB', 'cs.DS'];
  const random = seededRandom(1);
  const weights = Float32Array.from({ length: (featuriser.columns + 1) * 3 }, () => 4 * random() - 2);
  return { labels, featuriser, titleWeight: 2, weights, temperature: 0.37 };
}

describe('a linear model as an ONNX graph', () => {
  test('ONNX Runtime computes the probabilities that the typed arrays give', async () => {
    const model = randomModel();
    const session = await InferenceSession.create(exportLinear(model, 'ab12'));
    const unknown = { title: 'zebra', abstract: 'quagga' }; // no known term: all padding
    const rows = [...documents, unknown].map((document) =>
      model.featuriser.featurise(composeText(document, 2)),
    );
    const { shape, indices, values } = padBatch(rows, model.featuriser.columns);
    const { probabilities } = await session.run({
      indices: new Tensor('int64', indices, shape),
      values: new Tensor('float32', values, shape),
    });
    const expected = predictProbabilities(model, [...documents, unknown]);
    expect(probabilities!.dims).toEqual([5, 3]);
    for (const [at, value] of expected.values.entries()) {
      expect(Math.abs(Number(probabilities!.data[at]) - value)).toBeLessThan(1e-6);
    }
  });

  test('two exports are the same bytes', () => {
    expect(exportLinear(randomModel(), 'ab12')).toEqual(exportLinear(randomModel(), 'ab12'));
  });

  test('labels, temperature and the hash of the features travel in the metadata', () => {
    expect(Object.fromEntries(readMetadata(exportLinear(randomModel(), 'ab12')))).toEqual({
      labels: '["cs.CL","cs.DB","cs.DS"]',
      temperature: '0.37',
      features_sha256: 'ab12',
    });
  });
});
