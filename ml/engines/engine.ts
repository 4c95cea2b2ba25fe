import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { z } from 'zod';
import type { FittedAdapter, Tensor } from '../adapters/adapter.ts';
import type { EncoderFiles } from '../encoder/encoder.ts';
import type { Instance, InstanceKind, InstanceSchema } from '../instance/schema.ts';
import type { DenseMatrix } from '../matrix.ts';
import type { TensorType } from '../onnx/model-proto.ts';
import type { PackageFiles } from '../package/sums.ts';
import type { Example, LearningProblem, ProblemType } from '../problem.ts';
import type { Seeds } from '../training/seeds.ts';

type ParameterValue = string | number | boolean;

/** Hyperparameters by name. */
export type Parameters = Readonly<Record<string, ParameterValue | readonly ParameterValue[]>>;

/** Where a training leaves what it needs to go on after the process that runs it was killed. */
export interface Checkpoint {
  /** what was saved last; undefined at the first start */
  load(): Promise<Uint8Array | undefined>;
  /** Resolves when it is stored. */
  save(state: Uint8Array): Promise<void>;
  /** whether to save after this epoch: it costs time and room */
  isDue(): boolean;
}

/** A graph that can be run. */
export interface OpenGraph {
  /** @param into outputs that are written over these, which may be inputs, instead of into memory of their own */
  run(
    inputs: Readonly<Record<string, Tensor>>,
    into?: Readonly<Record<string, Tensor>>,
  ): Promise<Readonly<Record<string, Tensor>>>;
  close(): Promise<void>;
}

/** Blocks of bytes that stay on this machine when a training ends: without them it takes longer, and gives the same. */
export interface TrainingCache {
  /** All that were added under a key, and are as they were. */
  load(key: string): Promise<readonly Uint8Array[]>;
  /** Resolves when it is stored; what is there stays. */
  add(key: string, block: Uint8Array): Promise<void>;
}

/** Where the graphs of a training are run. */
export interface Device {
  /** what ONNX Runtime calls its execution provider */
  readonly name: 'cpu' | 'cuda' | 'webgpu';
  openGraph(onnx: Uint8Array): Promise<OpenGraph>;
}

/** What computes beside the training, in a thread of its own. */
export interface TrainingWorker {
  /** One question after the other. Values on shared memory are not copied. */
  ask(question: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** What the module of a worker exports as `serve`; its graphs have one thread each. */
export type ServeWorker = (
  given: unknown,
  tools: Pick<TrainingTools, 'openGraph'>,
) => Promise<TrainingWorker>;

/** What an engine may use of the machine that it trains on. */
export interface TrainingTools {
  readonly cache: TrainingCache;
  /** threads that compute at the same time */
  readonly cores: number;
  /**
   * Runs a module in a thread of its own. What it throws is thrown by who asks.
   *
   * @param module URL of a module that exports `serve`
   * @param given what it is to know, structured-cloneable
   */
  startWorker(module: string, given: unknown): Promise<TrainingWorker>;
  /**
   * The files of a pretrained encoder, by a name or a folder.
   *
   * @throws InvalidInput `weights` where there are none, with how to get them
   */
  encoderFiles(name: string): Promise<EncoderFiles>;
  /** on the CPU */
  openGraph(onnx: Uint8Array): Promise<OpenGraph>;
  /**
   * A device by its name; `auto`: the one that multiplies matrices fastest, of those that do it right.
   *
   * @throws InvalidInput `parameter` for one that does not work here
   */
  openDevice(name: Device['name'] | 'auto'): Promise<Device>;
}

/** How far a training is with what comes before its first epoch. */
export interface Preparation {
  /** such as `embedding texts` */
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

/** A pass over the training data is done. */
export interface EpochReport {
  /** from 1 */
  readonly epoch: number;
  readonly trainLoss: number;
  /** on the validation examples, by name; none without such examples */
  readonly validation: Readonly<Record<string, number>>;
  /** of its last step, where the engine takes steps with one */
  readonly learningRate?: number;
  /** mean over its steps, before they were clipped */
  readonly gradientNorm?: number;
  /** examples that were trained on */
  readonly samples?: number;
  /** what computed it, where the engine has a choice: a backend or a device by its name */
  readonly device?: string;
  /** in use on a device that has memory of its own */
  readonly deviceBytes?: number;
}

/** Memory ran out, and the training goes on with fewer examples at a time. */
export interface BatchReduced {
  /** in which it happened, from 1 */
  readonly epoch: number;
  /** examples at a time */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** The version that a training starts from. */
export interface StartVersion {
  readonly version: string;
  /** digest of its package */
  readonly package: string;
  readonly files: PackageFiles;
}

/** All that a training depends on: the same data, parameters and seed give the same model, byte for byte. */
export interface TrainingData {
  readonly task: LearningProblem;
  readonly schema: InstanceSchema;
  /** valid and clean */
  readonly train: readonly Example[];
  /** decides when to stop, and calibrates */
  readonly validation: readonly Example[];
  /** all of them, see `completeParameters` */
  readonly parameters: Parameters;
  readonly seed: number;
  /** by what is drawn at random, where it is not to follow from `seed`: see `seedsOf` */
  readonly seeds?: Partial<Seeds>;
  /** the version whose weights it starts from, for engines with `warmStart` */
  readonly start?: StartVersion;
}

export interface TrainingJob extends TrainingData {
  /** An abort ends the training at the next epoch, or before, with its reason. */
  readonly signal: AbortSignal;
  readonly checkpoint: Checkpoint;
  readonly tools: TrainingTools;
  /** Told of what takes long before the first epoch, now and then. */
  onProgress(preparation: Preparation): void;
  /** Told of each epoch as it ends; after a checkpoint, of those that follow it. */
  onEpoch(report: EpochReport): void | Promise<void>;
  /** Told when it goes on with fewer examples at a time. */
  onBatchReduced(reduced: BatchReduced): void | Promise<void>;
}

/** A model in memory. */
export interface TrainedModel {
  readonly epochs: number;
  /** the one that the model is of */
  readonly bestEpoch: number;
  /** ended before its last epoch because validation got no better, or there was nothing left to gain */
  readonly stoppedEarly: boolean;
  /** of the validation examples, where the model has learnt from them too: as `predict`, by models that have not */
  readonly unseenScores?: DenseMatrix;
  /** What `predict` gives of the validation examples, where that is known without asking. */
  readonly validationScores?: DenseMatrix;
  /** One row for each instance: the probability of each label, or the one number. */
  predict(instances: readonly Instance[]): Promise<DenseMatrix>;
  export(): ExportedModel;
}

/** A model as the parts of a package. */
export interface ExportedModel {
  readonly adapter: FittedAdapter;
  /** the bytes of model.onnx, which gives what `predict` gives */
  readonly onnx: Uint8Array;
  readonly outputs: readonly TensorType[];
  /** of the model card: how it works, in a few sentences */
  readonly description: string;
  /** of the model card: what it cannot do, a sentence each */
  readonly limits: readonly string[];
  /** of the metadata: numbers that say more about the model */
  readonly details: Readonly<Record<string, number>>;
}

/**
 * Something that can train. Each is a file of this folder that exports its `engine`; the file's name is what requests
 * call it. The trainer runs it in a process of its own, so it may compute for as long as it likes.
 */
export interface Engine {
  /** its parameters with their ranges and defaults: texts, numbers, booleans or lists */
  readonly parameters: z.ZodObject;
  readonly tasks: readonly ProblemType[];
  readonly instances: readonly InstanceKind[];
  /** hyperparameters that are worth a search, as the `space` of a search file has them; its defaults are in it */
  readonly space?: Readonly<Record<string, unknown>>;
  /** whether a training can start from an earlier version */
  readonly warmStart?: boolean;
  /** @throws InvalidInput when the examples cannot be learnt from */
  train(job: TrainingJob): Promise<TrainedModel>;
}

/** An epoch of a training, or a part of one, and what it takes to go on after it. */
export interface EpochStep {
  /** none within an epoch */
  readonly report?: EpochReport;
  state(): Uint8Array;
}

/** Runs a training that yields after each epoch, or more often: reports epochs, saves when that is due, stops at an abort. */
export async function runEpochs<Trained>(
  training: Generator<EpochStep, Trained> | AsyncGenerator<EpochStep, Trained>,
  { signal, checkpoint, onEpoch }: Pick<TrainingJob, 'signal' | 'checkpoint' | 'onEpoch'>,
): Promise<Trained> {
  for (;;) {
    await yieldToEventLoop();
    signal.throwIfAborted();
    const { done, value } = await training.next();
    if (done) return value;
    if (value.report) await onEpoch(value.report);
    if (checkpoint.isDue()) await checkpoint.save(value.state());
  }
}
