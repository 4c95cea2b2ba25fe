import type { ExperimentStarted } from '../../schemas/events.generated.ts';
import { placeOf } from './traffic.ts';

/** What decides whether a request takes part in an experiment. */
export interface Enrollable {
  readonly routingKey: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** An arm, and its part of the traffic that takes part, in per cent. */
export interface EnrolledArm {
  readonly name: string;
  readonly share: number;
}

/** Who takes part in an experiment, and in which arm. */
export interface Enrolment<Arm extends EnrolledArm = EnrolledArm> {
  readonly experimentId: string;
  /** per cent of the keys of the audience that take part */
  readonly traffic: number;
  readonly arms: readonly Arm[];
  /** attributes of requests that predictions keep */
  readonly segments: readonly string[];
  isAudience(request: Enrollable): boolean;
}

type Rules = Pick<ExperimentStarted, 'experimentId' | 'traffic' | 'segments' | 'audience'>;

/** The enrolment of an experiment. Its audience: one of its keys, or of each attribute one of its values. */
export function enrolmentOf<Arm extends EnrolledArm>(
  { experimentId, traffic, segments, audience }: Rules,
  arms: readonly Arm[],
): Enrolment<Arm> {
  const keys = new Set(audience.keys);
  const attributes = audience.attributes.map(({ name, values }) => [name, new Set(values)] as const);
  const isEveryone = keys.size === 0 && attributes.length === 0;
  const hasAttributes = (given: Enrollable['attributes']) =>
    attributes.length > 0 &&
    attributes.every(([name, values]) => Object.hasOwn(given, name) && values.has(given[name]!));
  return {
    experimentId,
    traffic,
    segments,
    arms,
    isAudience: (request) => isEveryone || keys.has(request.routingKey) || hasAttributes(request.attributes),
  };
}

/**
 * The first experiment that a request takes part in, and its arm. Each experiment hashes the routing key with its own
 * name: the same key always gets the same arm, and what one experiment does says nothing of another.
 */
export function enrol<Arm extends EnrolledArm>(
  experiments: readonly Enrolment<Arm>[],
  request: Enrollable,
): { experiment: Enrolment<Arm>; arm: Arm } | undefined {
  for (const experiment of experiments) {
    if (!experiment.isAudience(request)) continue;
    const place = placeOf(experiment.experimentId, request.routingKey);
    if (place < experiment.traffic)
      return { experiment, arm: armAt(experiment.arms, (100 * place) / experiment.traffic) };
  }
  return undefined;
}

/** The arm at a place in [0, 100): arms lie one after the other. Rounding leaves the end to the last one. */
function armAt<Arm extends EnrolledArm>(arms: readonly Arm[], place: number): Arm {
  let end = 0;
  for (const arm of arms) {
    end += arm.share;
    if (place < end) return arm;
  }
  return arms.at(-1)!;
}

/** The attributes that predictions of an experiment keep. */
export const segmentsOf = (
  segments: readonly string[],
  attributes: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(
    segments.flatMap((name) => (Object.hasOwn(attributes, name) ? [[name, attributes[name]!]] : [])),
  );
