import { type Decider, deciderService } from '../../schemas/catalogue.ts';
import { PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { conclude, promote, start, stop, stopAll, stopOne } from './requests.ts';
import { onFailed, onMeasured, onReviewDue, reviewTimers } from './reviews.ts';
import { CHANGES, type Experimenting, evolve } from './state.ts';

const INPUTS = [
  'ExperimentRequested',
  'ExperimentStopRequested',
  'ExperimentConcludeRequested',
  'ExperimentPromoteRequested',
  'ExperimentReviewDue',
  'MeasurementCompleted',
  'MeasurementFailed',
  'ArmFailed',
  ...PRODUCTION_FACTS,
] as const;

export const experimenter: Decider<Experimenting, (typeof INPUTS)[number]> = {
  initialState: () => ({ models: new Map(), experiments: new Map() }),
  decide(state, event) {
    switch (event.type) {
      case 'ExperimentRequested':
        return start(state, event.data);
      case 'ExperimentStopRequested':
        return stop(state, event.data);
      case 'ExperimentConcludeRequested':
        return conclude(state, event.data, event.time);
      case 'ExperimentPromoteRequested':
        return promote(state, event.data);
      case 'ExperimentReviewDue':
        return onReviewDue(state, event.data);
      case 'MeasurementCompleted':
        return onMeasured(state, event.data);
      case 'MeasurementFailed':
        return onFailed(state, event.data);
      case 'ArmFailed': {
        const { experimentId, arm, instance, code, reason } = event.data;
        return stopOne(state, experimentId, code, `${instance} cannot serve ${arm}: ${reason}`);
      }
      case 'VersionPromoted':
      case 'VersionRolledBack': {
        const { model, version, requestedBy } = event.data;
        const reason = `${version} went into production, and is no arm to compare with`;
        return stopAll(state, model, 'SUPERSEDED', reason, requestedBy, version);
      }
      case 'ModelRetired':
        return stopAll(state, event.data.model, 'RETIRED', 'the model was retired', event.data.requestedBy);
    }
  },
  evolve,
  timers: reviewTimers,
};

/**
 * Compares versions of a model on a part of its traffic: the routing key says which one answers, what came of it is measured
 * in the warehouse, and an experiment ends with a verdict. The one that wins is deployed like any other version.
 */
export const service = deciderService({
  name: 'experimenter',
  reactsTo: INPUTS,
  stateFrom: CHANGES,
  decider: () => experimenter,
});
