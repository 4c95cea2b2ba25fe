import type { TrainedLinear } from '../linear/train.ts';
import type { ClassificationMetrics } from '../metrics/classification.ts';

export const METADATA_FILE = 'metadata.json';

/** The sealed dataset a model was trained on. */
export interface DatasetProvenance {
  readonly id: string;
  /** Of the sealed dataset's content. */
  readonly sha256: string;
  /** One or two sentences for the model card: what the documents are, from where, under which license. */
  readonly description: string;
  readonly samples: { readonly train: number; readonly validation: number };
}

/** Where a model comes from: enough to train it again, and nothing that would differ the second time. */
export interface PackageMetadata {
  readonly name: string;
  readonly engine: 'linear';
  readonly parameters: TrainedLinear['parameters'];
  readonly seed: number;
  readonly dataset: DatasetProvenance;
  readonly training: {
    readonly epochs: number;
    readonly bestEpoch: number;
    readonly stopped: TrainedLinear['stopped'];
  };
  readonly features: number;
  readonly temperature: number;
  /** On which split, and how well. */
  readonly metrics: { readonly split: string } & ClassificationMetrics;
}

export function linearMetadata(
  name: string,
  model: TrainedLinear,
  dataset: DatasetProvenance,
  metrics: PackageMetadata['metrics'],
): PackageMetadata {
  return {
    name,
    engine: 'linear',
    parameters: model.parameters,
    seed: model.parameters.seed,
    dataset,
    training: { epochs: model.epochs.length, bestEpoch: model.bestEpoch, stopped: model.stopped },
    features: model.featuriser.columns,
    temperature: model.temperature,
    metrics,
  };
}
