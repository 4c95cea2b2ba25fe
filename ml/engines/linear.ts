import type { DatasetSample } from '../dataset/format.ts';
import { InvalidInput } from '../errors.ts';
import { predictProbabilities } from '../linear/model.ts';
import { LINEAR_DEFAULTS, type LinearParameters, linearParameters } from '../linear/parameters.ts';
import { type EpochReport, type LabelledDocument, type TrainedLinear, trainLinear } from '../linear/train.ts';
import { classificationMetrics } from '../metrics/classification.ts';
import { buildPackage } from '../package/package.ts';
import type { Engine, EpochStep, PackageStep, Parameters, TrainingJob } from './engine.ts';

const { seed: _, ...DEFAULTS } = LINEAR_DEFAULTS;

/** TF-IDF and one-vs-rest linear support vector machines, in typed arrays. */
export const engine: Engine = {
  complete(given) {
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(DEFAULTS, name));
    if (unknown) {
      const known = Object.keys(DEFAULTS).join(', ');
      throw new InvalidInput('parameter', `linear has no parameter '${unknown}'; it has ${known}`);
    }
    const wrong = Object.keys(given).find((name) => typeof given[name] !== 'number');
    if (wrong) throw new InvalidInput('parameter', `linear: ${wrong} must be a number`);
    const { seed: _, ...parameters } = linearParameters(checkedLater(given));
    return parameters;
  },

  *train(job) {
    const { samples, labels, parameters, seed } = job;
    const documents = Map.groupBy(samples, ({ split }) => split);
    const train = documents.get('train')?.map(toDocument) ?? [];
    const validation = documents.get('validation')?.map(toDocument) ?? [];
    if (validation.length === 0) throw new InvalidInput('no-samples', 'there are no samples to validate on');
    const training = trainLinear({ train, validation }, labels, { ...checkedLater(parameters), seed });
    for (;;) {
      const { done, value } = training.next();
      if (done) return yield toPackage(value, job, train.length, validation);
      yield toEpoch(value);
    }
  },
};

/** Numbers by any name: `linearParameters` refuses those that do not fit. */
const checkedLater = (parameters: Parameters) => parameters as Partial<LinearParameters>;

const toDocument = ({ title, abstract, label, categories }: DatasetSample): LabelledDocument => ({
  title,
  abstract,
  label,
  otherLabels: categories.filter((category) => category !== label),
});

function toEpoch({ epoch, trainLoss, validation }: EpochReport): EpochStep {
  const { logLoss, accuracy, macroF1 } = validation!; // there are samples for it
  return {
    kind: 'epoch',
    epoch,
    trainLoss,
    validation: { logLoss, accuracy, macroF1 },
  };
}

function toPackage(
  trained: TrainedLinear,
  { model, datasetId, contentHash, labels, samples }: TrainingJob,
  trainCount: number,
  validation: readonly LabelledDocument[],
): PackageStep {
  const columnsOf = (names: readonly string[]) =>
    names.map((name) => labels.indexOf(name)).filter((column) => column >= 0);
  const metrics = classificationMetrics(
    predictProbabilities(trained, validation),
    Int32Array.from(validation, ({ label }) => labels.indexOf(label)),
    labels,
    validation.map(({ label, otherLabels = [] }) => columnsOf([label, ...otherLabels])),
  );
  const files = buildPackage(trained, {
    name: model,
    dataset: {
      id: datasetId,
      sha256: contentHash,
      description: describe(samples),
      samples: { train: trainCount, validation: validation.length },
    },
    metrics: { split: 'validation', ...metrics },
  });
  return {
    kind: 'package',
    files,
    bestEpoch: trained.bestEpoch,
    stoppedEarly: trained.stopped === 'patience',
  };
}

function describe(samples: readonly DatasetSample[]): string {
  const dates = samples.map(({ published }) => published).sort();
  return `Titles and abstracts of papers published from ${dates[0]} to ${dates.at(-1)}, labelled with their primary category.`;
}
