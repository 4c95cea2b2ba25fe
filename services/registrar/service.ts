import { type Decider, deciderService } from '../../schemas/catalogue.ts';
import { onAliasesRequested } from './aliases.ts';
import { onDeployed, onNotDeployed } from './deployment.ts';
import { onGatesRequested } from './gating.ts';
import { promoteAsRequested, rollBack } from './promotion.ts';
import { applyPolicy } from './promotion-policy.ts';
import { retentionTimers } from './retention.ts';
import { retire } from './retirement.ts';
import { onReviewGiven, onReviewRequested, reviewTimers } from './review.ts';
import { CHANGES, evolve, type Models, NO_VERSIONS } from './versions.ts';

const INPUTS = [
  'EvaluationCompleted',
  'AliasesRequested',
  'GatesRequested',
  'ReviewRequested',
  'ReviewGiven',
  'PromotionRequested',
  'RollbackRequested',
  'RetirementRequested',
  'DeploymentCompleted',
  'DeploymentRefused',
  'DeploymentRolledBack',
] as const;

export const registrar: Decider<Models, (typeof INPUTS)[number]> = {
  initialState: () => new Map(),
  decide(models, event) {
    const model = models.get(event.data.model) ?? NO_VERSIONS;
    switch (event.type) {
      case 'EvaluationCompleted':
        return applyPolicy(model, event.data, event.time);
      case 'ReviewRequested':
        return onReviewRequested(model, event.data, event.time);
      case 'ReviewGiven':
        return onReviewGiven(model, event.data, event.time);
      case 'AliasesRequested':
        return onAliasesRequested(model, event.data);
      case 'GatesRequested':
        return onGatesRequested(model, event.data);
      case 'PromotionRequested':
        return promoteAsRequested(model, event.data);
      case 'RollbackRequested':
        return rollBack(model, event.data);
      case 'RetirementRequested':
        return retire(model, event.data);
      case 'DeploymentCompleted':
        return onDeployed(model, event.data);
      case 'DeploymentRefused':
      case 'DeploymentRolledBack':
        return onNotDeployed(model, event.data);
    }
  },
  evolve,
  timers: (models) =>
    [...models].flatMap(([name, model]) => [...reviewTimers(model), ...retentionTimers(name, model)]),
};

/** Registers packages as versions, and decides by the policy of a model which version of it is in production. */
export const service = deciderService({
  name: 'registrar',
  reactsTo: INPUTS,
  stateFrom: CHANGES,
  decider: () => registrar,
});
