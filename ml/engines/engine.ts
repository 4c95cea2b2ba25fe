import type { DatasetSample } from '../dataset/format.ts';

type ParameterValue = string | number | boolean;

/** Hyperparameters by name. */
export type Parameters = Readonly<Record<string, ParameterValue | readonly ParameterValue[]>>;

/** All that a training depends on: the same job gives the same package, byte for byte. */
export interface TrainingJob {
  /** name of the model */
  readonly model: string;
  readonly datasetId: string;
  readonly contentHash: string;
  readonly labels: readonly string[];
  /** samples for training and validation, sorted by id */
  readonly samples: readonly DatasetSample[];
  /** all of them, as the engine completed them */
  readonly parameters: Parameters;
  readonly seed: number;
}

/** A pass over the training data is done. */
export interface EpochStep {
  readonly kind: 'epoch';
  /** from 1 */
  readonly epoch: number;
  readonly trainLoss: number;
  /** metrics on the validation split, by name */
  readonly validation: Readonly<Record<string, number>>;
}

/** The model is there, as the files of its package with their `SHA256SUMS`: the last step of a training. */
export interface PackageStep {
  readonly kind: 'package';
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly bestEpoch: number;
  /** ended before its last epoch because validation got no better */
  readonly stoppedEarly: boolean;
}

/**
 * Something that can train. Each is a file of this folder that exports its `engine`; the file's name is what requests
 * call it. It runs in a thread of its own, so it may compute for as long as it likes.
 */
export interface Engine {
  /** Those given and, for the rest, the defaults. InvalidInput names the one that is unknown or out of range. */
  complete(given: Parameters): Parameters;
  /** InvalidInput when the samples cannot be learnt from. */
  train(job: TrainingJob): AsyncIterable<EpochStep | PackageStep> | Iterable<EpochStep | PackageStep>;
}
