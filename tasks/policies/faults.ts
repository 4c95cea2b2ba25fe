import { METRICS, PRIMARY_METRIC } from '../../ml/metrics/catalogue.ts';
import type { ProblemType } from '../../ml/problem.ts';
import type { Policy } from './schema.ts';

/** The metrics that have a loss on each sample, by which two models can be paired. */
const PAIRED = ['accuracy', 'subsetAccuracy', 'hammingLoss', 'logLoss', 'rmse', 'mae'];

/** What is wrong with a policy, and where. */
export interface PolicyFault {
  path: (string | number)[];
  message: string;
}

/** What does not fit together in a policy of a model whose target is of a type. */
export const faultsOf = (policy: Policy, target: ProblemType): PolicyFault[] => [
  ...promotionFaults(policy.promotion, target),
  ...rolloutFaults(policy.rollout),
  ...trainingFaults(policy.training),
];

function* promotionFaults(
  { metric, direction, significance, gates }: Policy['promotion'],
  target: ProblemType,
): Iterable<PolicyFault> {
  const primary = metric ?? PRIMARY_METRIC[target];
  const applicable = Object.keys(METRICS).filter((name) => METRICS[name]?.appliesTo.includes(target));
  const foreign = (name: string) => !METRICS[name]?.appliesTo.includes(target);
  const kind = { classification: 'classes', multilabel: 'sets of labels', regression: 'a number' }[target];
  const other = (name: string) => `${name} does not measure ${kind}; there are: ${applicable.join(', ')}`;
  if (foreign(primary)) yield { path: ['promotion', 'metric'], message: other(primary) };
  const isForeign = ({ metric }: { metric: string }) => Object.hasOwn(METRICS, metric) && foreign(metric);
  for (const gate of gates.filter(isForeign)) {
    yield { path: ['promotion', 'gates', gate.metric], message: other(gate.metric) };
  }
  const better = METRICS[primary]?.better;
  if (direction !== null && direction !== better) {
    yield { path: ['promotion', 'direction'], message: `of ${primary} ${better} is better` };
  }
  if (significance !== null && !PAIRED.includes(primary)) {
    const message = `${primary} has no loss on each sample, so there is no paired test of it: leave this out, or compare by ${PAIRED.filter((name) => !foreign(name)).join(' or ')}`;
    yield { path: ['promotion', 'significance'], message };
  }
}

function* trainingFaults({ trainFraction, validationFraction }: Policy['training']): Iterable<PolicyFault> {
  if (trainFraction > 0 && validationFraction > 0 && trainFraction + validationFraction < 1 - 1e-9) return;
  const message = `${trainFraction} for training and ${validationFraction} for validation leave a split empty: both must be above 0 and their sum below 1`;
  yield { path: ['training', 'validationFraction'], message };
}

function* rolloutFaults({ strategy, stages }: Policy['rollout']): Iterable<PolicyFault> {
  const backwards = stages.findIndex((share, at) => at > 0 && share <= stages[at - 1]!);
  if (backwards > 0) {
    yield {
      path: ['rollout', 'stages', backwards],
      message: `goes backwards: ${stages[backwards]} after ${stages[backwards - 1]}; each stage must have more of the traffic than the one before`,
    };
  } else if (strategy !== 'canary' && stages.length > 0) {
    yield {
      path: ['rollout', 'stages'],
      message: `has no meaning with the strategy ${strategy}, only with canary: leave it out`,
    };
  }
}
