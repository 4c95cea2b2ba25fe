import { EpochlogError } from '../../kernel/errors.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import { DIRECT } from '../../schemas/predictions/direct.ts';
import type { Answer, Question } from './answer.ts';
import type { Candidate } from './candidates.ts';
import { type Enrollable, type Enrolment, enrol, segmentsOf } from './enrolment.ts';
import type { LoadedArm } from './experiments.ts';
import type { Prediction } from './prediction.ts';
import type { ServedModel } from './served-model.ts';
import { type Traffic, trafficOf } from './traffic.ts';

/** An instance that is to be answered. */
export interface Asking extends Enrollable {
  readonly question: Question;
  /** as the client gave it */
  readonly fields: unknown;
  /** as the version in production takes it */
  readonly instance: Instance;
  /** hash of the routing key that the client gave; null when it gave none */
  readonly unit: string | null;
}

/** What a prediction is part of, and the version that has to answer where it is not that in production. */
export interface Routing {
  readonly traffic: Traffic;
  readonly by: ServedModel | undefined;
}

/** An answer to which the policy of the model has not been applied yet. */
export type Answered = Omit<Answer, 'isUnsure' | 'inputHash' | 'input'>;

/** What came of the attempt of a variant: without a prediction the reason why. */
type Attempt = { prediction: Prediction; latencyMs: number } | { failure: EpochlogError };

/** The routing of instances, in their order: by the first experiment that takes them, else by what is deployed, else direct. */
export function routingsOf(
  asking: readonly Asking[],
  candidate: Candidate | undefined,
  experiments: readonly Enrolment<LoadedArm>[],
): Routing[] {
  return asking.map((one) => {
    const { unit, routingKey, attributes } = one;
    const enrolled = enrol(experiments, one);
    if (enrolled) {
      const { experimentId, segments } = enrolled.experiment;
      const { name: variant, served: by } = enrolled.arm;
      const kept = segmentsOf(segments, attributes);
      return { traffic: { ...DIRECT, unit, variant, experimentId, attributes: kept }, by };
    }
    if (!candidate?.served || candidate.running.share === 0) {
      return { traffic: unit === null ? DIRECT : { ...DIRECT, unit }, by: undefined };
    }
    const traffic = { ...trafficOf(candidate.running, routingKey), unit };
    return { traffic, by: traffic.variant === 'candidate' ? candidate.served : undefined };
  });
}

/**
 * Answers each instance by its routing. Where another version fails that in production answers, so that no client is worse
 * off for it. Throws what fails in production.
 *
 * @param started of the request, on the clock of `performance.now`
 */
export async function answerAll(
  asking: readonly Asking[],
  routings: readonly Routing[],
  production: ServedModel,
  started: number,
): Promise<Answered[]> {
  const indices = [...asking.keys()];
  const [first, direct] = await Promise.all([
    Promise.all(routings.map(({ by }, i) => by && attempt(by, asking[i]!, started))),
    predictions(
      asking,
      indices.filter((i) => routings[i]!.by === undefined),
      production,
      started,
    ),
  ]);
  const failed = indices.filter((i) => first[i] !== undefined && 'failure' in first[i]);
  const instead = await predictions(asking, failed, production, started);
  return indices.map((i) => {
    const { question } = asking[i]!;
    const { traffic, by } = routings[i]!;
    const own = first[i];
    if (own !== undefined && 'prediction' in own) {
      return { ...question, ...own, model: production.model, version: by!.version, traffic };
    }
    const answered = {
      ...(direct.get(i) ?? instead.get(i)!),
      model: production.model,
      version: production.version,
    };
    const fallback = own && { failedVersion: by!.version, failureCode: own.failure.code };
    return { ...question, ...answered, traffic: { ...traffic, ...fallback } };
  });
}

type Timed = { prediction: Prediction; latencyMs: number };

async function predictions(
  asking: readonly Asking[],
  indices: readonly number[],
  model: ServedModel,
  started: number,
): Promise<Map<number, Timed>> {
  if (indices.length === 0) return new Map();
  const made = await model.predict(indices.map((i) => asking[i]!.instance));
  const latencyMs = performance.now() - started;
  return new Map(indices.map((i, at) => [i, { prediction: made[at]!, latencyMs }]));
}

async function attempt(version: ServedModel, { fields }: Asking, started: number): Promise<Attempt> {
  try {
    const [prediction] = await version.predict([version.validate(fields)]);
    return { prediction: prediction!, latencyMs: performance.now() - started };
  } catch (error) {
    if (error instanceof EpochlogError) return { failure: error };
    throw error;
  }
}
