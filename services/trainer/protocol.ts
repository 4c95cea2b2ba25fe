import type { BatchReduced, EpochReport, Preparation, TrainingData } from '../../ml/engines/engine.ts';
import type { TrainingRequested } from '../../schemas/events.generated.ts';

/** What the training process is started with. */
export interface TrainingStart extends Pick<TrainingData, 'parameters' | 'seed' | 'seeds' | 'start'> {
  readonly engine: string;
  readonly model: string;
  readonly datasetId: string;
  readonly contentHash: string;
  /** that is validated on; null: the splits of the dataset as they are */
  readonly fold: TrainingRequested['fold'];
  /** the bytes of the dataset artifact, until it has read them */
  dataset: Uint8Array | undefined;
  /** what the training saved last, in an earlier process */
  readonly checkpoint: Uint8Array | undefined;
  /** milliseconds between two checkpoints; where `checkpointEvery` is a number, epochs */
  readonly checkpointMs: number;
  readonly checkpointEvery: number | null;
  /** folder with metrics of the user, for a trial of a search */
  readonly metrics?: string | undefined;
  /** folder of this user for what may be lost */
  readonly cache: string;
}

/** The model as the files of its package with their `SHA256SUMS`. */
export interface TrainedPackage {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** of the best epoch, on the validation split, by name */
  readonly metrics: Readonly<Record<string, number>>;
  /** the one that such models are compared by */
  readonly primaryMetric: string;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
  /** samples that were made of those of the training split, by method */
  readonly augmented: Readonly<Record<string, number>>;
}

/** The end of a training. */
export interface Trained extends TrainedPackage {
  /** whether the process holds more memory than one that waits for the next training may */
  readonly isLarge: boolean;
}

/** What an epoch took of the machine. */
export interface Usage {
  /** wall time */
  readonly seconds: number;
  /** time of cores */
  readonly cpuSeconds: number;
  /** of the training process at its end */
  readonly rssBytes: number;
}

/** To the training process: a job, then an answer to each checkpoint; `stop` asks for one after the epoch that it is in. */
export type ToTraining =
  | ({ readonly kind: 'start' } & TrainingStart)
  | { readonly kind: 'saved' }
  | { readonly kind: 'stop' };

/** From the training process; after a checkpoint it waits for the answer. */
export type FromTraining =
  | ({ readonly kind: 'progress' } & Preparation)
  | { readonly kind: 'epoch'; readonly report: EpochReport; readonly usage: Usage }
  | { readonly kind: 'reduced'; readonly reduced: BatchReduced }
  | { readonly kind: 'checkpoint'; readonly state: Uint8Array }
  | ({ readonly kind: 'trained' } & Trained)
  | { readonly kind: 'invalid'; readonly code: 'INPUT_INVALID' | 'ARTIFACT_CORRUPT'; readonly reason: string }
  /** the device that it was computed on */
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };
