import type { Parameters } from '../engines/engine.ts';
import type { Measures } from '../metrics/measure.ts';

export const METADATA_FILE = 'metadata.json';

/** The sealed dataset a model was trained on. */
export interface DatasetProvenance {
  readonly id: string;
  /** Of the sealed dataset's content. */
  readonly sha256: string;
  /** One or two sentences for the model card: what the instances are, from where, under which license. */
  readonly description: string;
  readonly samples: { readonly train: number; readonly validation: number };
}

/** Where a model comes from: enough to train it again, and nothing that would differ the second time. */
export interface PackageMetadata {
  readonly name: string;
  readonly engine: string;
  readonly parameters: Parameters;
  readonly seed: number;
  readonly dataset: DatasetProvenance;
  /** the version that the training started from */
  readonly start?: { readonly version: string; readonly package: string };
  readonly training: {
    readonly epochs: number;
    readonly bestEpoch: number;
    readonly stoppedEarly: boolean;
  };
  /** what the engine says of the model in numbers */
  readonly details: Readonly<Record<string, number>>;
  /** On which split, and how well. */
  readonly metrics: { readonly split: string } & Measures;
}
