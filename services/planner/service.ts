import { type Decider, deciderService } from '../../schemas/catalogue.ts';
import { PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { automaticTriggers, timers } from './automatic.ts';
import { conclude, ENDS, onDatasetSealed, onRegistered } from './process.ts';
import { onRequest } from './requested.ts';
import { evolve, initialState, type State } from './state.ts';

/** Each of these may trigger a plan; the service also reacts to its own facts for that. */
const TRIGGERS = [
  'SampleAccepted',
  'SampleDeduplicated',
  'SampleRejected',
  'CollectionCompleted',
  'CollectionFailed',
  'AlertRaised',
  'TrainingPlanConcluded',
  'PolicyChanged',
  'RetrainingDue',
] as const;

const INPUTS = ['TrainingPlanRequested', 'DatasetSealed', 'VersionRegistered', ...ENDS, ...TRIGGERS] as const;

export const planner: Decider<State, (typeof INPUTS)[number]> = {
  initialState,
  decide(state, event) {
    switch (event.type) {
      case 'TrainingPlanRequested':
        return onRequest(state, event.data);
      case 'DatasetSealed':
        return onDatasetSealed(state, event.data);
      case 'VersionRegistered':
        return onRegistered(state, event.data);
      case 'DatasetRefused':
      case 'TrainingFailed':
      case 'RunCancelled':
      case 'EvaluationFailed':
      case 'PromotionRefused':
      case 'VersionPromoted':
      case 'ReviewConcluded':
        return conclude(state, event);
      default:
        return automaticTriggers(evolve(state, event), event.time);
    }
  },
  evolve,
  timers,
};

/** Plans trainings: decides when a model is trained, requests its dataset and its run, and records how the plan ended. */
export const service = deciderService({
  name: 'planner',
  reactsTo: INPUTS,
  stateFrom: [
    ...TRIGGERS,
    'ModelDeclared',
    'ParametersAdopted',
    'CollectionStarted',
    'PageCollected',
    'DatasetSealed',
    'VersionRegistered',
    'AlertResolved',
    ...PRODUCTION_FACTS,
    'TrainingPlanned',
  ],
  decider: () => planner,
});
