import { FEATURES_FILE } from '../features/features-file.ts';
import type { LinearModel } from '../linear/model.ts';
import { LINEAR_INPUTS, linearOutputs } from '../onnx/linear.ts';
import type { TensorType } from '../onnx/model-proto.ts';

export const SIGNATURE_FILE = 'signature.json';

/** What a model takes and gives, and how a document becomes what it takes. */
export interface Signature {
  readonly engine: 'linear';
  readonly labels: readonly string[];
  /** What is featurised: the title `titleWeight` times, then the abstract, by the vocabulary of `features`. */
  readonly text: { readonly titleWeight: number; readonly features: string };
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  /** The index that fills the rows of a batch up; its weights are zero. */
  readonly padding: number;
}

export function linearSignature({
  labels,
  titleWeight,
  featuriser,
}: Pick<LinearModel, 'labels' | 'titleWeight' | 'featuriser'>): Signature {
  return {
    engine: 'linear',
    labels,
    text: { titleWeight, features: FEATURES_FILE },
    inputs: LINEAR_INPUTS,
    outputs: linearOutputs(labels.length),
    padding: featuriser.columns,
  };
}
