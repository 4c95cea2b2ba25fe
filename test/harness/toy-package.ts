import { predictProbabilities } from '../../ml/linear/model.ts';
import { finish, TOY_LABELS, toyDataset } from '../../ml/linear/toy-dataset.ts';
import { trainLinear } from '../../ml/linear/train.ts';
import { classificationMetrics } from '../../ml/metrics/classification.ts';
import { buildPackage } from '../../ml/package/package.ts';

/**
 * The files of a small model of birds, boats and books; another seed gives another model. They say that it was trained
 * on the dataset with that content.
 */
export function toyPackage(seed: number, contentHash = 'c0ffee'): Map<string, Uint8Array> {
  const dataset = toyDataset(seed);
  const model = finish(trainLinear(dataset, TOY_LABELS, { seed })).result;
  const actual = Int32Array.from(dataset.validation, ({ label }) => TOY_LABELS.indexOf(label));
  const metrics = classificationMetrics(predictProbabilities(model, dataset.validation), actual, TOY_LABELS);
  const { train, validation } = dataset;
  return buildPackage(model, {
    name: 'toy',
    dataset: {
      id: `toy-${seed}`,
      sha256: contentHash,
      description: 'Made-up documents on birds, boats and books.',
      samples: { train: train.length, validation: validation.length },
    },
    metrics: { split: 'validation', ...metrics },
  });
}
