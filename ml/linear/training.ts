import { deserialize, serialize } from 'node:v8';
import { fittedTabular } from '../adapters/tabular.ts';
import { fittedTfidf } from '../adapters/tfidf.ts';
import {
  type EpochReport,
  type EpochStep,
  type ExportedModel,
  runEpochs,
  type TrainedModel,
  type TrainingJob,
} from '../engines/engine.ts';
import { sha256 } from '../hash.ts';
import { headOf } from '../onnx/heads.ts';
import { exportLinear } from '../onnx/linear.ts';
import { type LinearEpoch, type LinearState, methodOf } from './fit.ts';
import { predictLinear, usedFeatures } from './model.ts';
import { type LinearParameters, linearParameters } from './parameters.ts';
import { type TrainedLinear, trainLinear } from './train.ts';

/** Trains a model of the engine `linear`. */
export async function train(job: TrainingJob): Promise<TrainedModel> {
  const parameters = linearParameters.parse(job.parameters);
  const saved = await job.checkpoint.load();
  const after: LinearState | undefined = saved && deserialize(saved);
  const trained = await runEpochs(steps(job, parameters, after), job);
  return trainedModel(trained, parameters);
}

function* steps(
  job: TrainingJob,
  parameters: LinearParameters,
  after: LinearState | undefined,
): Generator<EpochStep, TrainedLinear> {
  const training = trainLinear({ ...job, parameters }, after);
  for (;;) {
    const { done, value } = training.next();
    if (done) return value;
    yield {
      report: { ...reportOf(value.report), samples: job.train.length },
      state: () => serialize(value.state()),
    };
  }
}

const reportOf = ({ epoch, trainLoss, validation }: LinearEpoch): EpochReport => ({
  epoch,
  trainLoss,
  validation: validation?.metrics ?? {},
});

const trainedModel = (trained: TrainedLinear, parameters: LinearParameters): TrainedModel => ({
  epochs: trained.epochs.length,
  bestEpoch: trained.bestEpoch,
  stoppedEarly: trained.stopped === 'patience',
  validationScores: trained.validationScores,
  predict: async (instances) => predictLinear(trained, instances),
  export: () => exported(trained, parameters),
});

/** The parts of its package. */
export function exported(trained: TrainedLinear, parameters: LinearParameters): ExportedModel {
  const { encoder, task, temperature, standard } = trained;
  const adapter = encoder.kind === 'text' ? fittedTfidf(encoder.blocks) : fittedTabular(encoder.tableColumns);
  return {
    adapter,
    onnx: exportLinear(trained, adapter.inputs, { adapter_sha256: sha256(adapter.data) }),
    outputs: headOf(task, temperature, standard).outputs,
    description: `${featuresOf(trained, parameters)}, ${methodText(trained, parameters)}. Trained for ${trained.epochs.length} epochs, kept: epoch ${trained.bestEpoch} (${STOP_REASON[trained.stopped]}).`,
    limits: encoder.kind === 'text' ? TEXT_LIMITS : TABLE_LIMITS,
    details: {
      features: encoder.columns,
      ...nonZero(trained, parameters),
      ...(task.type !== 'regression' && { temperature }),
    },
  };
}

function featuresOf({ encoder }: TrainedLinear, parameters: LinearParameters): string {
  if (encoder.kind === 'table') {
    return `${encoder.columns} features of a table: standardised numbers with indicators of missing ones, one-hot categories`;
  }
  const { ngram, minDf, idfPower, hashing } = parameters;
  const counted = encoder.blocks.map(({ fields, weight }) => {
    const names = fields.map(({ name, weight }) => `${name} ${weight} ${weight === 1 ? 'time' : 'times'}`);
    const text = names.join(', ');
    return encoder.blocks.length === 1 ? text : `${text} as a block of weight ${weight}`;
  });
  const features =
    hashing > 0
      ? `${encoder.columns} features, by hashes of ${hashing} bits, so some terms share one`
      : `${encoder.columns} features`;
  return `TF-IDF of words${ngram === 2 ? ' and bigrams' : ''} (${features}, seen in at least ${minDf} texts; idf to the power ${idfPower}; ${counted.join('; ')})`;
}

function methodText({ task, encoder, temperature }: TrainedLinear, parameters: LinearParameters): string {
  const { c, l1Ratio, loss, classWeights } = parameters;
  const net = l1Ratio > 0 ? `, elastic net with L1 share ${l1Ratio}` : '';
  if (task.type === 'regression') return `${l1Ratio > 0 ? 'linear' : 'ridge'} regression (C = ${c}${net})`;
  const isText = encoder.kind === 'text';
  const solver = isText || l1Ratio > 0 ? 'SAGA' : 'L-BFGS';
  if (task.type === 'multilabel')
    return `one-vs-rest logistic regression (${solver}, C = ${c}${net}), probabilities by sigmoids at temperature ${temperature.toFixed(3)}`;
  const method =
    methodOf(loss, isText) === 'squaredHinge'
      ? 'one-vs-rest linear support vector machines (squared hinge loss'
      : `multinomial logistic regression (${solver}`;
  const weighted = classWeights === 'none' ? '' : `, class weights ${[classWeights].flat().join(' ')}`;
  return `${method}, C = ${c}${net}${weighted}), probabilities by softmax at temperature ${temperature.toFixed(3)}`;
}

/** Of an elastic net, how many features have a weight. */
function nonZero(
  { weights, encoder: { columns } }: TrainedLinear,
  { l1Ratio }: LinearParameters,
): { usedFeatures?: number } {
  return l1Ratio > 0 ? { usedFeatures: usedFeatures(weights, columns).length } : {};
}

const STOP_REASON: Record<TrainedLinear['stopped'], string> = {
  converged: 'training reached the optimum',
  patience: 'validation got no better after it',
  'max-epochs': 'the most epochs allowed were used',
};

const TEXT_LIMITS = [
  'It counts words and pairs of words, and knows neither meaning nor any word it was not trained on. As the vocabulary moves on, it gets worse: watch the drift of its inputs.',
];

const TABLE_LIMITS = [
  'Each column adds to the score by itself: it knows no interaction of columns and no curve.',
  'A category that was not seen in training adds nothing to the score.',
];
