import type { BatchReduced, Device, EpochReport, TrainingTools } from '../engines/engine.ts';
import { type LinearTargets, ruleOf, type Validation, validationOf } from '../linear/fit.ts';
import type { DenseMatrix } from '../matrix.ts';
import { batchesOf, batchSizeOf, isOutOfMemory, orderOf, withLessMemory } from '../training/batches.ts';
import { assertFinite, assertFiniteEpoch } from '../training/diverged.ts';
import { type BestEpoch, isBetter, isOver, NO_EPOCH } from '../training/early-stopping.ts';
import { gradientNorm } from '../training/gradients.ts';
import { learningRateAt, NO_PLATEAU, type Plateau, plateauAfter } from '../training/schedule.ts';
import { type Seeds, seedAt } from '../training/seeds.ts';
import { Adamw, type AdamwState } from './adamw.ts';
import type { Encoder } from './encoder.ts';
import { startGradients } from './gradient-worker.ts';
import { EncoderGradients, type TrainingBatch } from './gradients.ts';
import { type Head, headMargins } from './head.ts';
import { initialHead } from './head-start.ts';
import type { EncoderParameters } from './parameters.ts';
import { type BatchGradients, oneAtATime } from './part-gradients.ts';
import { openEmbeddings, type TextEmbeddings } from './text-embeddings.ts';

/** Texts as numbers of tokens, and what they are fitted to. */
export interface TuningData {
  readonly train: readonly (readonly number[])[];
  readonly validation: readonly (readonly number[])[];
  readonly targets: LinearTargets & { readonly type: 'classification' };
  readonly encoder: Pick<Encoder, 'config' | 'weights'>;
  readonly parameters: EncoderParameters;
  readonly seeds: Seeds;
  readonly device: Device;
  readonly startWorker: TrainingTools['startWorker'];
  readonly signal: AbortSignal;
  onBatchReduced(reduced: BatchReduced): void | Promise<void>;
}

interface Best extends BestEpoch {
  readonly temperature: number;
  readonly weights: Float32Array;
}

/** After a step, all that it takes to go on besides the data, the parameters and the seeds. */
export interface TuningState {
  /** of the epochs that are over */
  readonly losses: readonly number[];
  /** of the epoch that is not */
  readonly done: EpochSums;
  readonly weights: Float32Array;
  readonly adamw: AdamwState;
  readonly plateau: Plateau;
  readonly best: Best;
  /** texts at a time */
  readonly part: number;
}

/** What has come of the steps of an epoch so far. */
interface EpochSums {
  readonly steps: number;
  readonly loss: number;
  readonly norm: number;
  readonly learningRate: number;
}

const NO_STEPS: EpochSums = { steps: 0, loss: 0, norm: 0, learningRate: 0 };

/** A step, with the report of the epoch that it ends. */
export interface TuningStep {
  readonly report?: EpochReport;
  /** Not a copy: it changes with the next step. */
  state(): TuningState;
}

export interface TunedEncoder {
  readonly head: Head;
  /** of the encoder and the head */
  readonly weights: Float32Array;
  readonly embeddings: TextEmbeddings;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
}

/**
 * Trains an encoder with a layer of scores at its end by cross-entropy (Devlin et al. 2019, §4), AdamW and clipped gradients;
 * the weights returned are those of the epoch with the best validation. Yields after every step. A training that begins
 * `after` a state that was yielded ends as the one that yielded it.
 *
 * @throws InvalidInput `diverged`, `memory` or `parameter`
 */
export async function* tuneEncoder(
  data: TuningData,
  after?: TuningState,
): AsyncGenerator<TuningStep, TunedEncoder> {
  const { parameters, targets, seeds, device, encoder } = data;
  const { config, weights: pretrained } = encoder;
  const rule = ruleOf(targets, parameters);
  const head = initialHead(config.hidden, targets.classes, seeds.init);
  const trainable = { config, weights: pretrained, head, hasDropout: parameters.dropout > 0 };
  const gradients = await EncoderGradients.open(trainable, device, parameters.gradientCheckpointing);
  const { layout } = gradients;
  const adamw = await Adamw.open(layout, device, after?.adamw);
  const embeddings = await openEmbeddings(config, pretrained, layout, device);
  const weights = after?.weights ?? gradients.initialWeights();
  const { workers: count, dropout, gradientCheckpointing: checkpointing } = parameters;
  const batches =
    count === 1
      ? oneAtATime(gradients, dropout)
      : await startGradients(
          { count, encoder: trainable, checkpointing, dropout, length: layout.length },
          data,
        );
  const steps = new Steps(data, batches, adamw, weights, after?.part);
  const losses = [...(after?.losses ?? [])];
  let best: Best = after?.best ?? { ...NO_EPOCH, temperature: 1, weights: new Float32Array() };
  let plateau = after?.plateau ?? NO_PLATEAU;
  let done = after?.done ?? NO_STEPS;
  const state = (): TuningState => ({
    ...{ losses: [...losses], done, weights, plateau, best, adamw: adamw.state, part: steps.part },
  });
  const headOf = (flat: Float32Array, temperature: number): Head => ({
    weights: layout.viewOf(flat, 'head.weight'),
    bias: layout.viewOf(flat, 'head.bias'),
    temperature,
  });
  while (losses.length < parameters.tuneEpochs && !isOver(rule, losses.length, best)) {
    const epoch = losses.length + 1;
    while (done.steps < steps.perEpoch) {
      done = await steps.step(epoch, done, losses, plateau);
      if (done.steps < steps.perEpoch) yield { state };
    }
    const validation = await validate(data, embeddings, weights, headOf(weights, 1));
    const { temperature = 1, metrics = {} } = validation ?? {};
    const value = metrics[rule.monitor] ?? Number.NaN;
    const report = { ...reportOf(epoch, done, data.train.length, metrics), device: device.name };
    assertFiniteEpoch(report, losses, metrics[rule.monitor]);
    const hasGained = !validation || isBetter(rule, value, best);
    if (hasGained) best = { epoch, value, temperature, weights: weights.slice() };
    plateau = plateauAfter(plateau, hasGained);
    losses.push(report.trainLoss);
    done = NO_STEPS;
    yield { report, state };
  }
  await batches.close();
  await gradients.close();
  await adamw.close();
  return {
    ...{ head: headOf(best.weights, best.temperature), weights: best.weights, embeddings },
    ...{ epochs: losses.length, bestEpoch: best.epoch, stoppedEarly: losses.length < parameters.tuneEpochs },
  };
}

const reportOf = (
  epoch: number,
  { steps, loss, norm, learningRate }: EpochSums,
  samples: number,
  validation: EpochReport['validation'],
): EpochReport => ({
  ...{ epoch, trainLoss: loss / samples, validation, learningRate, gradientNorm: norm / steps, samples },
});

async function validate(
  { validation, targets, signal }: TuningData,
  embeddings: TextEmbeddings,
  weights: Float32Array,
  head: Head,
): Promise<Validation | undefined> {
  if (validation.length === 0) return undefined;
  const rows: DenseMatrix = await embeddings.embed(validation, weights, signal);
  return validationOf(headMargins(rows, head), targets);
}

/** Added to the score of a label that a text is no example against. */
const NO_EXAMPLE = -1e9;

/** Bounds of a batch size that is chosen by the number of texts. */
const AUTO_BATCH = { least: 8, most: 32 };

/** Takes steps, each of a batch. */
class Steps {
  readonly perEpoch: number;
  readonly #data: TuningData;
  readonly #gradients: BatchGradients;
  readonly #adamw: Adamw;
  readonly #weights: Float32Array;
  readonly #gradient: Float32Array;
  readonly #batchSize: number;
  /** texts at a time */
  part: number;

  constructor(
    data: TuningData,
    gradients: BatchGradients,
    adamw: Adamw,
    weights: Float32Array,
    part: number | undefined,
  ) {
    const { partSize, workers } = data.parameters;
    const batchSize = batchSizeOf(data.parameters.batchSize, data.train.length, AUTO_BATCH);
    this.#batchSize = batchSize;
    this.#data = data;
    this.#gradients = gradients;
    this.#adamw = adamw;
    this.#weights = weights;
    this.#gradient = new Float32Array(weights.length);
    const whole = partSize === 0 ? Math.ceil(batchSize / workers) : partSize;
    this.part = part ?? Math.min(whole, batchSize);
    this.perEpoch = Math.ceil(data.train.length / batchSize);
  }

  /** @param before what has come of the steps of this epoch */
  async step(
    epoch: number,
    before: EpochSums,
    losses: readonly number[],
    plateau: Plateau,
  ): Promise<EpochSums> {
    const { parameters, signal, seeds, train } = this.#data;
    const { clipNorm, weightDecay, tuneEpochs } = parameters;
    const batchSize = this.#batchSize;
    signal.throwIfAborted();
    const order = orderOf(train.length, seeds.shuffle, epoch);
    const start = before.steps * batchSize;
    const rows = order.subarray(start, start + batchSize);
    const number = losses.length * this.perEpoch + before.steps;
    const learningRate = learningRateAt(parameters, number, tuneEpochs * this.perEpoch, plateau);
    const divergence = { epoch, step: before.steps + 1, before: losses, learningRate, clipNorm };
    const loss = await this.#compute(rows, epoch, seedAt(seeds.dropout, number));
    assertFinite({ ...divergence, what: 'the training loss', value: loss });
    const norm = gradientNorm([this.#gradient]);
    assertFinite({ ...divergence, what: 'the gradient', value: norm });
    const gradientScale = clipNorm === 0 ? 1 : Math.min(1, clipNorm / (norm + 1e-6));
    await this.#adamw.step(this.#weights, this.#gradient, {
      learningRate,
      decay: weightDecay,
      gradientScale,
    });
    return {
      steps: before.steps + 1,
      loss: before.loss + loss * rows.length,
      norm: before.norm + norm,
      learningRate,
    };
  }

  /** The loss of a batch, and its gradient; with fewer texts at a time when memory runs out. */
  async #compute(rows: Int32Array, epoch: number, seed: number): Promise<number> {
    for (;;) {
      try {
        return await this.#computeParts(rows, seed);
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        const { part: from } = this;
        this.part = withLessMemory({ batch: rows.length, part: from }).part;
        await this.#data.onBatchReduced({ epoch, from, to: this.part, reason: error.message });
      }
    }
  }

  #computeParts(rows: Int32Array, seed: number): Promise<number> {
    const scale = 1 / this.#weightOf(rows);
    const [parts = []] = batchesOf(rows, { batch: rows.length, part: this.part });
    const given = parts.map((part, at) => ({ ...this.#batchOf(part, scale), at, seed }));
    return this.#gradients.compute(given, this.#weights, this.#gradient);
  }

  /** What the texts of a batch count together. */
  #weightOf(rows: Int32Array): number {
    const { classes, sides, weights } = this.#data.targets;
    let total = 0;
    for (const row of rows) {
      for (let k = 0; k < classes; k++) if (sides[row * classes + k] === 1) total += weights[k]!;
    }
    return total;
  }

  #batchOf(rows: Int32Array, scale: number): TrainingBatch {
    const { train, targets: all } = this.#data;
    const { classes, sides, weights } = all;
    const targets = new Float32Array(rows.length * classes);
    const excluded = new Float32Array(targets.length);
    for (const [at, row] of rows.entries()) {
      for (let k = 0; k < classes; k++) {
        const side = sides[row * classes + k];
        if (side === 1) targets[at * classes + k] = weights[k]! * scale;
        if (side === 0) excluded[at * classes + k] = NO_EXAMPLE;
      }
    }
    return { texts: Array.from(rows, (row) => train[row]!), targets, excluded };
  }
}
