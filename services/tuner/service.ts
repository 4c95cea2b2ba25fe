import { type Decider, deciderService, newEvent } from '../../schemas/catalogue.ts';
import { onEvaluated, onEvaluationFailed, requestAdoption } from './adoption.ts';
import { deletionsOf, dueReleases } from './packages.ts';
import { start, stop } from './request.ts';
import { evolve, initialState, SEARCH_FACTS, type State } from './state.ts';
import { ended, onCompleted, onEpoch, onFailed } from './trials.ts';

const INPUTS = [
  'SearchRequested',
  'SearchStopRequested',
  'SearchTimeLimitReached',
  'TrialPackagesReleased',
  'EpochCompleted',
  'TrainingCompleted',
  'TrainingFailed',
  'RunCancelled',
  'AdoptionRequested',
  'EvaluationCompleted',
  'EvaluationFailed',
] as const;

export const tuner: Decider<State, (typeof INPUTS)[number]> = {
  initialState,
  decide(state, event) {
    switch (event.type) {
      case 'SearchRequested':
        return start(state, event.data, event.time);
      case 'SearchStopRequested':
        return stop(state, event.data);
      case 'SearchTimeLimitReached': {
        const search = state.running.get(event.data.searchId);
        return search ? ended(search, 'time_limit', 'its time was over') : [];
      }
      case 'TrialPackagesReleased':
        return deletionsOf(event.data);
      case 'EpochCompleted':
        return onEpoch(state, event.data);
      case 'TrainingCompleted':
        return onCompleted(state, event.data);
      case 'TrainingFailed':
      case 'RunCancelled':
        return onFailed(state, event);
      case 'AdoptionRequested':
        return requestAdoption(state, event.data);
      case 'EvaluationCompleted':
        return onEvaluated(state, event.data);
      case 'EvaluationFailed':
        return onEvaluationFailed(state, event.data);
    }
  },
  evolve,
  timers: (state) => [...timeLimits(state), ...dueReleases(state)],
};

const timeLimits = ({ running }: State) =>
  [...running.values()].flatMap(({ searchId, dueAt, timeIsOver }) => {
    if (dueAt === null || timeIsOver) return [];
    return [{ id: searchId, dueAt, event: newEvent('SearchTimeLimitReached', { searchId, dueAt }) }];
  });

/** Searches for hyperparameters: decides which trial is next, which one is pruned, and when a search ends, whether its best are adopted, and which packages of its trials stay. */
export const service = deciderService({
  name: 'tuner',
  reactsTo: INPUTS,
  stateFrom: [
    'ModelDeclared',
    'DatasetSealed',
    ...SEARCH_FACTS,
    'SearchTimeLimitReached',
    'TrialPackagesReleased',
    'ParametersAdopted',
  ],
  decider: () => tuner,
});
