import { describe, expect, test } from 'vitest';
import type { LabelledDocument } from '../../test/harness/documents.ts';
import {
  finish,
  type LinearDataset,
  TOY_LABELS,
  toyData,
  toyDataset,
} from '../../test/harness/toy-dataset.ts';
import { argmaxRows } from '../matrix.ts';
import { classificationMetrics } from '../metrics/classification.ts';
import { predictLinear } from './model.ts';
import { type LinearParameters, linearParameters } from './parameters.ts';
import { trainLinear } from './train.ts';

const dataset = toyDataset(42);

function train(
  data: LinearDataset,
  parameters: Partial<LinearParameters> & { seed?: number; labels?: string[] } = {},
) {
  const { yielded, result } = finish(trainLinear(toyData(data, parameters)));
  return { yielded: yielded.map(({ report }) => report), result };
}

const predict = (
  model: ReturnType<typeof train>['result'],
  documents: readonly Omit<LabelledDocument, 'label'>[],
) =>
  predictLinear(
    model,
    documents.map(({ title, abstract }) => ({ title, abstract })),
  );

function metricsOn(samples: readonly LabelledDocument[], model: ReturnType<typeof train>['result']) {
  const actual = Int32Array.from(samples, ({ label }) => TOY_LABELS.indexOf(label));
  return classificationMetrics(predict(model, samples), actual, TOY_LABELS);
}

describe('training a linear classifier', () => {
  test('it learns what the words tell', () => {
    const { result } = train(dataset);
    const unseen = metricsOn(toyDataset(7, { train: 300, validation: 0 }).train, result);
    expect(unseen.accuracy).toBeGreaterThan(0.8); // one label in fifteen is wrong
    expect(unseen.calibrationError).toBeLessThan(0.1);
  });

  test('each epoch is reported as it ends, and all are in the result', () => {
    const { yielded, result } = train(dataset);
    expect(yielded).toEqual(result.epochs);
    expect(yielded.map(({ epoch }) => epoch)).toEqual(yielded.map((_, at) => at + 1));
    expect(yielded.at(-1)!.trainLoss).toBeLessThan(yielded[0]!.trainLoss);
  });

  test('the metric that is monitored decides which epoch is the best', () => {
    const { result } = train(dataset, { c: 50, patience: 2, monitor: 'accuracy' });
    const accuracies = result.epochs.map(({ validation }) => validation!.metrics.accuracy!);
    expect(result.bestEpoch).toBe(1 + accuracies.indexOf(Math.max(...accuracies)));
    expect(result.stopped).toBe('patience');
    expect(train(dataset, { c: 50, patience: 2, minDelta: 9 }).result).toMatchObject({ bestEpoch: 1 });
    expect(() => train(dataset, { monitor: 'macroF2' })).toThrow(
      "monitor: no epoch reports 'macroF2'; did you mean macroF1?",
    );
  });

  test('the model is that of the best epoch, exactly as it was validated', () => {
    const { result } = train(dataset, { c: 50, patience: 2 }); // overfits on purpose
    const losses = result.epochs.map(({ validation }) => validation!.metrics.logLoss!);
    expect(result.bestEpoch).toBe(1 + losses.indexOf(Math.min(...losses)));
    expect(result.bestEpoch).toBeLessThan(result.epochs.length);
    const { metrics: best, temperature } = result.epochs[result.bestEpoch - 1]!.validation!;
    const { accuracy, macroF1, logLoss } = metricsOn(dataset.validation, result);
    expect({ accuracy, macroF1, temperature: result.temperature }).toEqual({
      accuracy: best.accuracy,
      macroF1: best.macroF1,
      temperature,
    });
    expect(logLoss).toBeCloseTo(best.logLoss!, 12);
    expect(result.validationScores).toEqual(predict(result, dataset.validation));
  });

  test('it stops for want of progress, at the optimum, or at the last epoch', () => {
    const impatient = train(dataset, { c: 50, patience: 2 }).result;
    expect(impatient.stopped).toBe('patience');
    expect(impatient.epochs.length - impatient.bestEpoch).toBe(2);
    const converged = train(dataset, { maxEpochs: 500, patience: 500 }).result;
    expect(converged.stopped).toBe('converged');
    expect(converged.epochs.at(-1)!.violation).toBeLessThanOrEqual(linearParameters.parse({}).tolerance);
    expect(train(dataset, { maxEpochs: 2 }).result).toMatchObject({ stopped: 'max-epochs', bestEpoch: 2 });
  });

  test('without validation samples the last epoch counts and nothing is calibrated', () => {
    const { result } = train({ ...dataset, validation: [] }, { maxEpochs: 500 });
    expect(result).toMatchObject({ stopped: 'converged', temperature: 1 });
    expect(result.bestEpoch).toBe(result.epochs.length);
    expect(result.epochs.every((report) => !('validation' in report))).toBe(true);
  });

  test('the same data and seed give the same bits; another seed, other ones', () => {
    const first = train(dataset).result;
    const again = train(toyDataset(42)).result;
    expect(again.weights).toEqual(first.weights);
    expect(again.temperature).toBe(first.temperature);
    expect(train(dataset, { seed: 43 }).result.weights).not.toEqual(first.weights);
  });

  test('a document is no example against the other labels it bears', () => {
    const ambiguous = { title: 'zeppelin zeppelin', abstract: 'zeppelin', label: 'birds' };
    const margin = (samples: LabelledDocument[]) => {
      const { result } = train({ train: [...dataset.train, ...samples], validation: [] });
      const { values } = predict(result, [ambiguous]);
      return values[1]! / values[2]!; // boats against books
    };
    const plain = Array.from({ length: 5 }, () => ambiguous);
    const crossListed = plain.map((sample) => ({ ...sample, otherLabels: ['boats', 'not-a-class'] }));
    expect(margin(crossListed)).toBeGreaterThan(1.2 * margin(plain));
  });

  test('every label is predicted where it is due', () => {
    const { result } = train(dataset);
    const documents = ['nest feather egg', 'keel anchor mast', 'page chapter author'].map((abstract) => ({
      title: '',
      abstract,
    }));
    expect([...argmaxRows(predict(result, documents))]).toEqual([0, 1, 2]);
  });
});

describe('what cannot be trained on is refused', () => {
  const failure = (code: string) => expect.objectContaining({ name: 'InvalidInput', code });
  const stray = { title: 'a stray', abstract: '', label: 'bees' };

  test.each<[string, LinearDataset]>([
    ['no-samples', { train: [], validation: [] }],
    ['unknown-label', { train: [...dataset.train, stray], validation: [] }],
    ['unknown-label', { train: dataset.train, validation: [stray] }],
    ['empty-vocabulary', { train: dataset.train.slice(0, 1), validation: [] }],
  ])('%s', (code, data) => {
    expect(() => train(data)).toThrow(failure(code));
  });

  test('too-few-labels', () => {
    expect(() => finish(trainLinear(toyData(dataset, { labels: ['birds'] })))).toThrow(
      failure('too-few-labels'),
    );
  });

  test('a loss or weights of classes where a number is learnt', () => {
    const data = toyData({ train: dataset.train, validation: [] });
    const task = { name: 'toy', type: 'regression' } as const;
    for (const given of [{ loss: 'logistic' }, { classWeights: 'balanced' }] as const) {
      const parameters = { ...data.parameters, ...given };
      expect(() => finish(trainLinear({ ...data, task, parameters }))).toThrow(failure('parameter'));
    }
  });

  test.each<Partial<LinearParameters> & { seed?: number }>([
    { c: 0 },
    { c: Number.NaN },
    { minDf: 0 },
    { maxFeatures: 1.5 },
    { titleWeight: -1 },
    { maxEpochs: 0 },
    { patience: 0 },
    { tolerance: -1 },
    { l1Ratio: 1.1 },
    { classWeights: ['bird=2'] },
    { seed: 0.5 },
  ])('parameter %o', (parameters) => {
    expect(() => train(dataset, parameters)).toThrow(failure('parameter'));
    expect(() => train(dataset, parameters)).toThrow(Object.keys(parameters)[0]!);
  });
});
