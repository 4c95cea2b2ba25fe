import { type Decider, deciderService } from '../../kernel/service.ts';
import { conclude, ENDS, onDatasetSealed } from './process.ts';
import { type RetrainerSettings, settings } from './settings.ts';
import { evolve, initialState, type State } from './state.ts';
import { onRequest, unasked } from './triggers.ts';

/** After each of these a training may have become due; a conclusion comes back to its author for that. */
const OCCASIONS = [
  'SampleAccepted',
  'SampleDeduplicated',
  'SampleRejected',
  'CollectionCompleted',
  'CollectionFailed',
  'AlertRaised',
  'RetrainingConcluded',
] as const;

const INPUTS = ['RetrainingRequested', 'DatasetSealed', ...ENDS, ...OCCASIONS] as const;

export const retrainer = (settings: RetrainerSettings): Decider<State, (typeof INPUTS)[number]> => ({
  initialState,
  decide(state, event) {
    switch (event.type) {
      case 'RetrainingRequested':
        return onRequest(state, event.data, settings);
      case 'DatasetSealed':
        return onDatasetSealed(state, event.data);
      case 'DatasetRefused':
      case 'TrainingFailed':
      case 'EvaluationFailed':
      case 'PromotionRefused':
      case 'VersionPromoted':
        return conclude(state, event);
      default:
        return unasked(evolve(state, event), settings);
    }
  },
  evolve,
});

/** Leads a model through its trainings: decides when one is due, has its dataset sealed, its run made, and sees its end. */
export const service = deciderService({
  name: 'retrainer',
  settings,
  reactsTo: INPUTS,
  remembers: [
    ...OCCASIONS,
    'CollectionStarted',
    'PageCollected',
    'DatasetSealed',
    'AlertResolved',
    'VersionPromoted',
    'VersionRolledBack',
    'ModelRetired',
    'RetrainingTriggered',
  ],
  decider: retrainer,
});
