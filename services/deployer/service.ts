import { type Decider, deciderService } from '../../schemas/catalogue.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import { PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { onDegraded, onGuardMeasured } from './guard.ts';
import { abort, deployableOf, start } from './request.ts';
import { onFailed, onMeasured, onReady, onReviewDue, reviewTimer, rollBack } from './stages.ts';
import {
  CHANGES,
  type Deployables,
  deploymentMeasuredBy,
  deploymentOf,
  deploymentsOf,
  evolve,
} from './state.ts';

const INPUTS = [
  'DeploymentRequested',
  'DeploymentAbortRequested',
  'CandidateReady',
  'CandidateFailed',
  'StageReviewDue',
  'ServingDegraded',
  'MeasurementCompleted',
  ...PRODUCTION_FACTS,
] as const;

export const deployer: Decider<Deployables, (typeof INPUTS)[number]> = {
  initialState: () => new Map(),
  decide(state, event) {
    switch (event.type) {
      case 'DeploymentRequested':
        return start(deployableOf(state, event.data.model), event.data, event.time);
      case 'DeploymentAbortRequested':
        return abort(deployableOf(state, event.data.model), event.data);
      case 'CandidateReady':
        return onReady(deploymentOf(state, event.data), event.data);
      case 'CandidateFailed':
        return onFailed(deploymentOf(state, event.data), event.data);
      case 'StageReviewDue':
        return onReviewDue(deploymentOf(state, event.data), event.data);
      case 'ServingDegraded':
        return onDegraded(deployableOf(state, event.data.model), event.data);
      case 'MeasurementCompleted':
        return [
          ...onMeasured(deploymentMeasuredBy(state, event.data), event.data, event.time),
          ...onGuardMeasured(deployableOf(state, event.data.model), event.data),
        ];
      case 'VersionPromoted':
      case 'VersionRolledBack': {
        const { model, version, requestedBy } = event.data;
        const running = deployableOf(state, model).running.get(PRODUCTION);
        const what = `${version} went into production meanwhile`;
        return running ? rollBack(running, 'SUPERSEDED', what, requestedBy) : [];
      }
      case 'ModelRetired':
        return deploymentsOf(state, event.data.model).flatMap((running) =>
          rollBack(running, 'SUPERSEDED', 'the model was retired', event.data.requestedBy),
        );
    }
  },
  evolve,
  timers: (state) => [...state.values()].flatMap(({ running }) => [...running.values()].flatMap(reviewTimer)),
};

/**
 * Deploys versions as the policy of their model says: beside the one in production, a share of the traffic after the
 * other, compared with it at each stage, and back to nothing when it is worse.
 */
export const service = deciderService({
  name: 'deployer',
  reactsTo: INPUTS,
  stateFrom: CHANGES,
  decider: () => deployer,
});
