import type { EpochlogError } from '../../kernel/errors.ts';
import { withinLimits } from '../../kernel/texts.ts';
import type { MonitoredFeatures } from '../../ml/adapters/adapter.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { RecordedInput } from './input.ts';
import type { Prediction } from './prediction.ts';
import type { ServedModel } from './served-model.ts';
import type { Traffic } from './traffic.ts';

/** An instance that a client asks about. */
export interface InstanceRequest {
  /** as the client gave it */
  fields: Readonly<Record<string, unknown>>;
  /** the client's own: when it asks again, it gets the same answer, which counts once */
  requestId?: string | undefined;
  /** the client's name for it */
  id?: string | undefined;
  /** what shares of traffic are taken by, such as a user: the same key is answered by the same version */
  routingKey?: string | undefined;
  /** such as the country: what experiments choose their audience and read their metrics by */
  attributes?: Readonly<Record<string, string>> | undefined;
  /** when it arose, milliseconds since the epoch */
  instant?: number | undefined;
}

/** What an answer keeps of its instance, besides its input. */
export interface Question {
  requestId: string;
  instanceId: string | null;
  instant: number;
  /** whether the client said so */
  isReplayed: boolean;
  /** instances of the same request */
  batch: number;
  /** of the predictor that answers */
  environment: string;
}

/** How it was asked for: POST /v1/predict, or the Open Inference Protocol. */
export type Route = 'predict' | 'infer';

export interface Answer extends Question, RecordedInput {
  model: string;
  version: string;
  prediction: Prediction;
  /** whether its confidence is below that of the policy; null of a number */
  isUnsure: boolean | null;
  traffic: Traffic;
  /** from request parsed to answer ready */
  latencyMs: number;
}

export function servedFact(answer: Answer, route: Route): NewEvent {
  const {
    requestId,
    instanceId,
    instant,
    isReplayed,
    batch,
    environment,
    model,
    version,
    latencyMs,
    traffic,
    inputHash,
    input,
  } = answer;
  const { label, value, confidence, scores, monitored } = answer.prediction;
  const data = {
    requestId,
    instanceId,
    model,
    version,
    label,
    value,
    confidence,
    latencyMs,
    scores,
    features: featuresOf(monitored),
    ...traffic,
    route,
    inputHash,
    input,
    batch,
    environment,
    instant,
  };
  return newEvent('PredictionServed', data, isReplayed ? instant : undefined);
}

/** What is monitored of an instance, without what is missing. */
export const featuresOf = (monitored: MonitoredFeatures): Record<string, number | string> =>
  Object.fromEntries(
    Object.entries(monitored).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );

export function failedFact(
  { requestId, instanceId, environment }: Question,
  { model, version }: Pick<ServedModel, 'model' | 'version'>,
  { variant, deploymentId, stage, experimentId, unit, attributes }: Traffic,
  route: Route,
  error: EpochlogError,
): NewEvent {
  const traffic = {
    version,
    variant,
    deploymentId,
    stage,
    experimentId,
    unit,
    attributes,
    environment,
    route,
  };
  const reason = withinLimits(error.message);
  return newEvent('PredictionFailed', { requestId, instanceId, model, ...traffic, code: error.code, reason });
}
