import { EpochlogError } from '../../kernel/errors.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import { DIRECT } from '../../schemas/predictions/direct.ts';
import type { Answer, Question } from './answer.ts';
import type { Candidate } from './candidates.ts';
import type { Prediction, ServedModel } from './served-model.ts';
import { type Traffic, trafficOf } from './traffic.ts';

/** An instance that is to be answered. */
export interface Asking {
  readonly question: Question;
  /** as the client gave it */
  readonly fields: unknown;
  /** as the version in production takes it */
  readonly instance: Instance;
  /** what the share of traffic is taken by */
  readonly routingKey: string;
}

/** An answer to which the policy of the model has not been applied yet. */
export type Answered = Omit<Answer, 'isUnsure' | 'inputHash' | 'input'>;

/** What came of the attempt of a variant: without a prediction the reason why. */
type Attempt = { prediction: Prediction; latencyMs: number } | { failure: EpochlogError };

/** What the traffic of instances is, in their order: all of it direct where no candidate is loaded. */
export function trafficIn(asking: readonly Asking[], candidate: Candidate | undefined): Traffic[] {
  if (!candidate?.served || candidate.running.share === 0) return asking.map(() => DIRECT);
  return asking.map(({ routingKey }) => trafficOf(candidate.running, routingKey));
}

/**
 * Answers each instance by its variant. Where the candidate fails the version in production answers, so that no client is
 * worse off for it. Throws what fails in production.
 *
 * @param started of the request, on the clock of `performance.now`
 */
export async function answerAll(
  asking: readonly Asking[],
  traffic: readonly Traffic[],
  production: ServedModel,
  candidate: ServedModel | undefined,
  started: number,
): Promise<Answered[]> {
  const isCandidates = (i: number) => candidate !== undefined && traffic[i]!.variant === 'candidate';
  const indices = [...asking.keys()];
  const [first, direct] = await Promise.all([
    Promise.all(indices.map((i) => (isCandidates(i) ? attempt(candidate!, asking[i]!, started) : undefined))),
    predictions(
      asking,
      indices.filter((i) => !isCandidates(i)),
      production,
      started,
    ),
  ]);
  const failed = indices.filter((i) => first[i] !== undefined && 'failure' in first[i]);
  const instead = await predictions(asking, failed, production, started);
  return indices.map((i) => {
    const { question } = asking[i]!;
    const own = first[i];
    if (own !== undefined && 'prediction' in own) {
      return {
        ...question,
        ...own,
        model: production.model,
        version: candidate!.version,
        traffic: traffic[i]!,
      };
    }
    const answered = {
      ...(direct.get(i) ?? instead.get(i)!),
      model: production.model,
      version: production.version,
    };
    const fallback = own && { failedVersion: candidate!.version, failureCode: own.failure.code };
    return { ...question, ...answered, traffic: { ...traffic[i]!, ...fallback } };
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

async function attempt(candidate: ServedModel, { fields }: Asking, started: number): Promise<Attempt> {
  try {
    const [prediction] = await candidate.predict([candidate.validate(fields)]);
    return { prediction: prediction!, latencyMs: performance.now() - started };
  } catch (error) {
    if (error instanceof EpochlogError) return { failure: error };
    throw error;
  }
}
