import { type Decider, deciderService } from '../../schemas/catalogue.ts';
import { PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { onDegraded, onGuardMeasured } from './guard.ts';
import { abort, deployableOf, start } from './request.ts';
import { onFailed, onMeasured, onReady, onReviewDue, reviewTimer, rollBack } from './stages.ts';
import { CHANGES, type Deployables, deploymentOf, evolve } from './state.ts';

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
    const running = deploymentOf(state, event.data.model);
    switch (event.type) {
      case 'DeploymentRequested':
        return start(deployableOf(state, event.data.model), event.data);
      case 'DeploymentAbortRequested':
        return abort(deployableOf(state, event.data.model), event.data);
      case 'CandidateReady':
        return onReady(running, event.data);
      case 'CandidateFailed':
        return onFailed(running, event.data);
      case 'StageReviewDue':
        return onReviewDue(running, event.data);
      case 'MeasurementCompleted':
        return [
          ...onMeasured(running, event.data, event.time),
          ...onGuardMeasured(deployableOf(state, event.data.model), event.data),
        ];
      case 'ServingDegraded':
        return onDegraded(deployableOf(state, event.data.model), event.data);
      case 'VersionPromoted':
      case 'VersionRolledBack':
      case 'ModelRetired': {
        const { version, requestedBy } = event.data;
        if (!running) return [];
        const what =
          version === null || event.type === 'ModelRetired'
            ? 'the model was retired'
            : `${version} went into production meanwhile`;
        return rollBack(running, 'SUPERSEDED', what, requestedBy);
      }
    }
  },
  evolve,
  timers: (state) => [...state.values()].flatMap(({ running }) => reviewTimer(running)),
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
