import type { EpochReport, TrainingData } from '../engines/engine.ts';
import { InvalidInput } from '../errors.ts';
import { kindOf } from '../instance/schema.ts';
import { type LinearTargets, ruleOf, validationOf } from '../linear/fit.ts';
import type { Standard } from '../linear/standard.ts';
import { fitTable } from '../linear/table.ts';
import { fitText } from '../linear/text.ts';
import { linearTargets } from '../linear/train.ts';
import type { SparseMatrix } from '../matrix.ts';
import type { LearningProblem } from '../problem.ts';
import { type Random, seededRandom, shuffle } from '../random.ts';
import { batchSizeOf } from '../training/batches.ts';
import { assertFinite, assertFiniteEpoch } from '../training/diverged.ts';
import { type BestEpoch, isBetter, isOver, NO_EPOCH } from '../training/early-stopping.ts';
import { clipGradients } from '../training/gradients.ts';
import { Optimiser, type OptimiserState, type Trainable } from '../training/optimiser.ts';
import { learningRateAt, NO_PLATEAU, type Plateau, plateauAfter } from '../training/schedule.ts';
import { seedAt, seedsOf } from '../training/seeds.ts';
import type { TensorFlow } from './backend.ts';
import { batchesOf } from './batches.ts';
import { type BatchTargets, gradientsOf, marginsOf } from './compute.ts';
import { type ComputeGradients, sharedFloats } from './gradient-worker.ts';
import { initialNetwork, type Network } from './network.ts';
import { hiddenSizes, type NetworkParameters } from './parameters.ts';
import { startNetwork } from './start.ts';

export interface NetworkData extends Omit<TrainingData, 'parameters'> {
  readonly parameters: NetworkParameters;
  /** of a step, with the weights that a network has then; without it they are computed in this thread */
  readonly openGradients?: (network: Network) => Promise<ComputeGradients>;
}

export interface TrainedNetwork {
  readonly task: LearningProblem;
  readonly network: Network;
  readonly temperature: number;
  readonly standard: Standard;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
}

/** After an epoch, all that it takes to go on besides the data, the parameters and the seed. */
export interface NetworkState {
  readonly losses: readonly number[];
  readonly weights: readonly Float32Array[];
  readonly optimiser: OptimiserState;
  readonly plateau: Plateau;
  readonly best: Best;
}

interface Best extends BestEpoch {
  readonly temperature: number;
  readonly weights: readonly Float32Array[];
}

/**
 * Trains a network: of texts the embeddings of their terms, averaged by TF-IDF, of tables standardised numbers and one-hot
 * categories, then layers with ReLU. Yields after every epoch; the weights returned are those of the epoch with the best
 * validation. A training that begins `after` a state that was yielded ends as the one that yielded it.
 *
 * @throws InvalidInput `parameter`, `unknown-label`, `too-few-labels`, `targets`, `no-samples`, `empty-vocabulary`, `start`
 * or `diverged`
 */
export async function* trainNetwork(
  tf: TensorFlow,
  data: NetworkData,
  after?: NetworkState,
): AsyncGenerator<{ report: EpochReport; state: () => NetworkState }, TrainedNetwork> {
  const { parameters, task, openGradients } = data;
  const { network, features, held, targets, standard } = prepared(data);
  const rule = ruleOf(targets, parameters);
  const weights = network.layers.map((layer) => layer.weights);
  for (const [at, own] of (after?.weights ?? []).entries()) weights[at]!.set(own);
  const compute: ComputeGradients = openGradients
    ? await openGradients(network)
    : async (...step) => gradientsOf(tf, network, ...step);
  const optimiser = new Optimiser(parameters, trainablesOf(network), after?.optimiser);
  const losses = [...(after?.losses ?? [])];
  let best: Best = after?.best ?? { ...NO_EPOCH, temperature: 1, weights };
  let plateau = after?.plateau ?? NO_PLATEAU;
  while (losses.length < parameters.maxEpochs && !isOver(rule, losses.length, best)) {
    const epoch = losses.length + 1;
    const steps = await trainEpoch(compute, {
      ...{ ...data, network, features, targets, optimiser, plateau, losses },
    });
    const validation = held.rows > 0 ? validationOf(marginsOf(tf, network, held), targets) : undefined;
    const { temperature = 1, metrics = {} } = validation ?? {};
    const value = metrics[rule.monitor] ?? Number.NaN;
    assertFiniteEpoch({ epoch, ...steps }, losses, metrics[rule.monitor]);
    const hasGained = !validation || isBetter(rule, value, best);
    if (hasGained) best = { epoch, value, temperature, weights: weights.map((own) => own.slice()) };
    plateau = plateauAfter(plateau, hasGained);
    losses.push(steps.trainLoss);
    const state = (): NetworkState => ({
      ...{ losses, optimiser: optimiser.state, plateau, best },
      weights: weights.map((own) => own.slice()), // shared memory is not serialised
    });
    yield { report: { epoch, ...steps, validation: metrics }, state };
  }
  const layers = network.layers.map((layer, at) => ({ ...layer, weights: best.weights[at]! }));
  return {
    ...{ task, standard, network: { ...network, layers }, temperature: best.temperature },
    ...{ epochs: losses.length, bestEpoch: best.epoch, stoppedEarly: isOver(rule, losses.length, best) },
  };
}

/** The weights and the bias of each layer in turn, as `gradientsOf` has them. */
const trainablesOf = ({ layers }: Network): Trainable[] =>
  layers.flatMap(({ inputs, outputs, weights }) => [
    { weights: weights.subarray(0, inputs * outputs), decays: true },
    { weights: weights.subarray(inputs * outputs), decays: false },
  ]);

/** All that an epoch needs, before the first. */
function prepared({ task, schema, train, validation, parameters, seed, seeds, start }: NetworkData) {
  if (train.length === 0) throw new InvalidInput('no-samples', 'there are no samples to train on');
  const { classWeights } = parameters;
  const targets = linearTargets(task, train, validation, { loss: 'auto', classWeights });
  const instances = train.map(({ instance }) => instance);
  const isText = kindOf(schema) !== 'table';
  const { encoder, features } = isText
    ? fitText(schema, instances, parameters)
    : fitTable(schema, instances, parameters);
  const standard = targets.type === 'regression' ? targets.standard : { mean: 0, deviation: 1 };
  const scores = targets.type === 'regression' ? 1 : targets.classes;
  const sizes = hiddenSizes(parameters, isText);
  const initial = initialNetwork(encoder, sizes, scores, seededRandom(seedsOf(seed, seeds).init));
  const network = start ? startNetwork(start, initial, task, standard) : initial;
  return {
    network: parameters.workers === 1 ? network : onSharedMemory(network),
    features,
    held: encoder.encode(validation.map(({ instance }) => instance)),
    targets,
    standard,
  };
}

const onSharedMemory = (network: Network): Network => ({
  ...network,
  layers: network.layers.map((layer) => ({ ...layer, weights: sharedFloats(layer.weights) })),
});

/** Bounds of a batch size that is chosen by the number of samples. */
const AUTO_BATCH = { least: 32, most: 256 };

interface Epoch extends Pick<NetworkData, 'parameters' | 'seed' | 'seeds'> {
  readonly network: Network;
  readonly features: SparseMatrix;
  readonly targets: LinearTargets;
  readonly optimiser: Optimiser;
  readonly plateau: Plateau;
  /** of the epochs before */
  readonly losses: readonly number[];
}

/** Moves the weights by all samples once, in a new order. */
async function trainEpoch(
  compute: ComputeGradients,
  given: Epoch,
): Promise<Omit<EpochReport, 'validation' | 'epoch'> & { trainLoss: number }> {
  const { network, features, targets, optimiser, plateau, parameters, losses } = given;
  const { rows } = features;
  const { maxEpochs, clipNorm } = parameters;
  const batchSize = batchSizeOf(parameters.batchSize, rows, AUTO_BATCH);
  const seeds = seedsOf(given.seed, given.seeds);
  const epoch = losses.length + 1;
  const order = shuffle(
    Int32Array.from({ length: rows }, (_, row) => row),
    seededRandom(seedAt(seeds.shuffle, epoch)),
  );
  const random = seededRandom(seedAt(seeds.dropout, epoch));
  const steps = Math.ceil(rows / batchSize);
  let [step, loss, norm, learningRate] = [0, 0, 0, 0];
  for (const batch of batchesOf(features, order, batchSize)) {
    const masks = network.layers
      .slice(0, -1)
      .map(({ outputs }) =>
        dropOut(new Float32Array(batch.rows.length * outputs).fill(1), parameters.dropout, random),
      );
    if (network.encoder.kind === 'text') dropOut(batch.values, parameters.termDropout, random);
    const gradients = await compute(batch, targetsOf(targets, batch.rows), masks);
    learningRate = learningRateAt(parameters, losses.length * steps + step++, maxEpochs * steps, plateau);
    const divergence = { epoch, step, before: losses, learningRate, clipNorm };
    assertFinite({ ...divergence, what: 'the training loss', value: gradients.loss });
    const before = clipGradients(gradients.layers, clipNorm);
    assertFinite({ ...divergence, what: 'the gradient', value: before });
    const [first, ...others] = gradients.layers;
    optimiser.step([{ rows: batch.used, values: first! }, ...others], learningRate);
    loss += gradients.loss * batch.rows.length;
    norm += before;
  }
  return { trainLoss: loss / rows, learningRate, gradientNorm: norm / steps, samples: rows };
}

/** Makes a share of the numbers that are not 0 so, in place, and the others larger, which makes up for that on average. */
function dropOut(values: Float32Array, share: number, random: Random): Float32Array {
  if (share === 0) return values;
  for (let at = 0; at < values.length; at++) {
    if (values[at] !== 0) values[at] = random() < share ? 0 : values[at]! / (1 - share);
  }
  return values;
}

/** Added to the score of a class that a row is no example against: no weight is left for it in a softmax. */
const NO_EXAMPLE = -1e9;

function targetsOf(targets: LinearTargets, rows: Int32Array): BatchTargets {
  if (targets.type === 'regression')
    return { type: 'regression', targets: Float32Array.from(rows, (row) => targets.train[row]!) };
  if (targets.type === 'multilabel') {
    const { classes, sides } = targets;
    const has = Float32Array.from({ length: rows.length * classes }, (_, at) =>
      Number(sides[rows[Math.floor(at / classes)]! * classes + (at % classes)] === 1),
    );
    return { type: 'multilabel', has };
  }
  const { classes, sides, weights } = targets;
  const own = new Float32Array(rows.length * classes);
  const mask = new Float32Array(own.length);
  for (let at = 0; at < own.length; at++) {
    const label = at % classes;
    const side = sides[rows[Math.floor(at / classes)]! * classes + label];
    if (side === 1) own[at] = weights[label]!;
    if (side === 0) mask[at] = NO_EXAMPLE;
  }
  return { type: 'classification', own, mask };
}
