import type { ModelRetired, VersionPromoted, VersionRolledBack } from '../events.generated.ts';

/** The facts of a model that decide what is in production. */
export const PRODUCTION_FACTS = ['VersionPromoted', 'VersionRolledBack', 'ModelRetired'] as const;

interface Recorded {
  id: string;
  correlationId: string;
  sequence: number;
  time: number;
  instant?: number;
}

/** Such a fact as it is recorded in the log. */
export type ProductionFact = Recorded &
  (
    | { type: 'VersionPromoted'; data: VersionPromoted }
    | { type: 'VersionRolledBack'; data: VersionRolledBack }
    | { type: 'ModelRetired'; data: ModelRetired }
  );

/** A version in production, and what it was decided on. */
export type ProductionVersion = Pick<
  VersionPromoted,
  'model' | 'version' | 'package' | 'runId' | 'datasetId' | 'evaluationId'
>;

/** What was decided about production, when, by whom and why. */
export interface Decision {
  /** of the event */
  readonly id: string;
  readonly correlationId: string;
  readonly type: ProductionFact['type'];
  readonly model: string;
  /** of the event among the facts of the model */
  readonly number: number;
  /** milliseconds since the epoch */
  readonly since: number;
  /** when it was, where that is not `since`: see the envelope */
  readonly instant?: number;
  readonly decidedBy: string;
  readonly reason: string;
  /** in production from then on; null when the model was retired */
  readonly production: ProductionVersion | null;
}

/** The decisions about one model, in the order of its facts. */
export type Decisions = readonly Decision[];

export function decisionOf({
  id,
  correlationId,
  sequence,
  time,
  instant,
  type,
  data,
}: ProductionFact): Decision {
  const { model, requestedBy: decidedBy, reason } = data;
  const decision = { id, correlationId, type, model, number: sequence, since: time, decidedBy, reason };
  const production = type === 'ModelRetired' ? null : versionIn(data);
  return { ...decision, ...(instant !== undefined && { instant }), production };
}

const versionIn = ({
  model,
  version,
  package: digest,
  runId,
  datasetId,
  evaluationId,
}: ProductionVersion): ProductionVersion => ({
  model,
  version,
  package: digest,
  runId,
  datasetId,
  evaluationId,
});

/** Adds a decision. Idempotent, and in any order: a redriven event comes late. */
export const withDecision = (decisions: Decisions, fact: ProductionFact): Decisions =>
  [...decisions.filter(({ id }) => id !== fact.id), decisionOf(fact)].sort((a, b) => a.number - b.number);

/** The later of two decisions about a model. */
export const laterOf = (before: Decision | undefined, decision: Decision): Decision =>
  before && before.number > decision.number ? before : decision;

/** The version in production; undefined before the first promotion and after a retirement. */
export const inProduction = (decisions: Decisions): ProductionVersion | undefined =>
  decisions.at(-1)?.production ?? undefined;

/** Whether the model was retired, and no version of it has been promoted since. */
export const isRetired = (decisions: Decisions): boolean => decisions.at(-1)?.type === 'ModelRetired';

/**
 * The versions that a rollback can restore, the one that it restores by itself first. A rollback removes the versions that it
 * went back over, a retirement all of them.
 */
export function rollbackTargets(decisions: Decisions): ProductionVersion[] {
  const promoted: ProductionVersion[] = [];
  for (const { type, production } of decisions) {
    if (type === 'VersionPromoted' && production) promoted.push(production);
    else if (type === 'ModelRetired') promoted.length = 0;
    else {
      promoted.pop();
      while (promoted.length > 0 && promoted.at(-1)?.version !== production?.version) promoted.pop();
    }
  }
  return promoted.slice(0, -1).reverse();
}

/** The version that a rollback restores by itself. */
export const rollbackTarget = (decisions: Decisions): ProductionVersion | undefined =>
  rollbackTargets(decisions)[0];

/** Every version that was in production, once; the one that was decided on last comes first. */
export function latestFirst(decisions: Decisions): ProductionVersion[] {
  const versions = decisions.flatMap(({ production }) => production ?? []).toReversed();
  return [...new Map(versions.map((version) => [version.version, version] as const)).values()];
}
