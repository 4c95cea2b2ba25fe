import type { PolicyChanged } from '../events.generated.ts';

/** What a policy says, section by section. */
export type Policy = Pick<
  PolicyChanged,
  | 'promotion'
  | 'rollout'
  | 'drift'
  | 'quality'
  | 'retraining'
  | 'training'
  | 'serving'
  | 'guard'
  | 'experiments'
  | 'review'
  | 'contributions'
  | 'retention'
  | 'monitors'
>;

/** The policy that a model lives under. */
export interface PolicyInForce extends Policy {
  /** 0 is the default; then the number of changes */
  readonly version: number;
  /** the whole YAML file */
  readonly file: string;
}

/** Whether people must approve a version before it goes into production. */
export const needsReview = ({ approvals, roles }: Policy['review']): boolean =>
  approvals > 0 || roles.some((role) => role.approvals > 0);

/** The gates that guard an environment. */
export const gatesOf = ({ gates }: Policy['promotion'], target: string): Policy['promotion']['gates'] =>
  gates.filter(({ targets }) => targets.length === 0 || targets.includes(target));

/** All that guards an environment. */
export const guardOf = (promotion: Policy['promotion'], target: string) => ({
  beatsConstant: promotion.beatsConstant,
  gates: gatesOf(promotion, target),
});

/**
 * The policy after a change. Of the events of a model in the order of the log, each counts one version, but for one that
 * repeats the file which is in force.
 */
export function withPolicy(before: PolicyInForce, changed: PolicyChanged): PolicyInForce {
  const {
    file,
    promotion,
    rollout,
    drift,
    quality,
    retraining,
    training,
    serving,
    guard,
    experiments,
    review,
    contributions,
    retention,
    monitors,
  } = changed;
  if (before.version > 0 && file === before.file) return before;
  const version = before.version + 1;
  return {
    version,
    file,
    promotion,
    rollout,
    drift,
    quality,
    retraining,
    training,
    serving,
    guard,
    experiments,
    review,
    contributions,
    retention,
    monitors,
  };
}
