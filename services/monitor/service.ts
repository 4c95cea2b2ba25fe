import { type Decider, deciderService } from '../../schemas/catalogue.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import { PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { resolveMeasured } from './alerts.ts';
import { detectedConceptDrift } from './concept.ts';
import { evolve } from './evolve.ts';
import { SERVINGS } from './failing.ts';
import { alertOnGuard, resolveGuarded } from './guard.ts';
import {
  alertOnAge,
  lookTimers,
  onMeasured,
  onMonitorDue,
  resolveSilence,
  resolveUnwatched,
} from './looks.ts';
import { checkedDrift, measuredDrift, measuredQuality } from './measures.ts';
import { alertOnServing } from './serving.ts';
import { onSilenceEnded, silence, silenceTimers } from './silences.ts';
import { initialState, MAX_WAITING, type MonitorState, resume, snapshot } from './state.ts';

const INPUTS = [
  'PredictionServed',
  'OutcomeReported',
  'GuardTripped',
  'DriftCheckRequested',
  'AlertSilenceRequested',
  'SilenceEnded',
  'MonitorDue',
  'MeasurementCompleted',
  'PolicyChanged',
  ...PRODUCTION_FACTS,
  ...SERVINGS,
] as const;

/** @param waiting predictions kept until their outcome arrives, and outcomes kept until their prediction does */
export const monitor = (waiting = MAX_WAITING): Decider<MonitorState, (typeof INPUTS)[number]> => ({
  initialState: (maps) => initialState(maps, waiting),
  snapshot,
  resume: (saved, maps) => resume(saved, maps, waiting),
  decide(state, event) {
    switch (event.type) {
      case 'PredictionServed':
        if (event.data.environment !== PRODUCTION) return [];
        return [
          ...measuredDrift(state, event.data, event.time),
          ...measuredQuality(state, event),
          ...detectedConceptDrift(state, event),
          ...resolveSilence(state, event),
        ];
      case 'OutcomeReported':
        return [...measuredQuality(state, event), ...detectedConceptDrift(state, event)];
      case 'AlertSilenceRequested':
        return silence(state, event);
      case 'SilenceEnded':
        return onSilenceEnded(state, event.data);
      case 'MonitorDue':
        return onMonitorDue(state, event.data);
      case 'MeasurementCompleted':
        return onMeasured(state, event.data);
      case 'PolicyChanged':
        return resolveUnwatched(state, event);
      case 'DriftCheckRequested':
        return checkedDrift(state, event.data);
      case 'GuardTripped':
        return alertOnGuard(state, event.data);
      case 'VersionPromoted':
      case 'VersionRolledBack':
        return [
          ...resolveMeasured(state, event.data.model, `${event.data.version} went into production`),
          ...resolveGuarded(state, event.data),
          ...alertOnAge(state, event.data.model, event.data.version, event.time),
        ];
      case 'ModelRetired':
        return [
          ...resolveMeasured(state, event.data.model, `${event.data.model} is retired`, true),
          ...resolveGuarded(state, event.data),
        ];
      case 'VersionServing':
      case 'ServingFailed':
      case 'ServingEnded':
        return alertOnServing(state, event);
    }
  },
  evolve,
  timers: (state) => [...lookTimers(state), ...silenceTimers(state)],
});

/**
 * Monitors the version in production: compares windows of its predictions with the frozen references, and windows of its
 * labelled predictions with the test metric; raises an alert when a measure is out of the bounds of its policy, or when an instance cannot
 * serve the version.
 */
export const service = deciderService({
  name: 'monitor',
  reactsTo: INPUTS,
  stateFrom: [
    ...INPUTS,
    'DatasetSealed',
    'ReferenceSampled',
    'EvaluationCompleted',
    'PredictionFailed',
    'MeasurementFailed',
    'AlertRaised',
    'AlertResolved',
    'AlertSilenced',
    'AlertUnsilenced',
  ],
  decider: () => monitor(),
});
