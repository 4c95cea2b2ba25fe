import { EpochlogError } from '../../kernel/errors.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import type { Prediction } from './prediction.ts';

/** The square of a larger number is none that a graph of single precision holds. */
const MAX_SAFE_INPUT = Math.sqrt(3.4028234663852886e38);

/** INPUT_INVALID where a number of the instance is valid and yet too large for the graph; else the model is at fault. */
export function assertFinite(prediction: Prediction, instance: Instance): Prediction {
  const answers = [prediction.value ?? prediction.confidence, ...Object.values(prediction.scores)];
  if (answers.every(Number.isFinite)) return prediction;
  const large = Object.entries(instance).find(
    ([, value]) => typeof value === 'number' && Math.abs(value) > MAX_SAFE_INPUT,
  );
  if (large) {
    const [name, value] = large;
    throw new EpochlogError('INPUT_INVALID', `${name} is ${value}, which is too large for the model`);
  }
  throw new EpochlogError('INFERENCE_FAILED', 'the model answers with what is no number (NaN or infinite)');
}
