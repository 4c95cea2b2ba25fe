import { type Decider, deciderService } from '../../schemas/catalogue.ts';
import { PRODUCTION_FACTS } from '../../schemas/models/production.ts';
import { resolveMeasured } from './alerts.ts';
import { measuredDrift, measuredQuality } from './measures.ts';
import { alertOnServing, SERVINGS } from './serving.ts';
import { type MonitorSettings, settings } from './settings.ts';
import { evolve, initialState, type MonitorState } from './state.ts';

const INPUTS = ['PredictionServed', 'OutcomeReported', ...PRODUCTION_FACTS, ...SERVINGS] as const;

export const monitor = (settings: MonitorSettings): Decider<MonitorState, (typeof INPUTS)[number]> => ({
  initialState,
  decide(state, event) {
    switch (event.type) {
      case 'PredictionServed':
        return [...measuredDrift(state, event.data, settings), ...measuredQuality(state, event, settings)];
      case 'OutcomeReported':
        return measuredQuality(state, event, settings);
      case 'VersionPromoted':
      case 'VersionRolledBack':
        return resolveMeasured(state, event.data.model, `${event.data.version} went into production`);
      case 'ModelRetired':
        return resolveMeasured(state, event.data.model, `${event.data.model} is retired`);
      case 'VersionServing':
      case 'ServingFailed':
      case 'ServingEnded':
        return alertOnServing(state, event);
    }
  },
  evolve: evolve(settings),
});

/**
 * Monitors the version in production: compares windows of its predictions with the frozen references, and windows of its
 * labelled predictions with the test metric; raises an alert when a measure is out of bounds, or when an instance cannot
 * serve the version.
 */
export const service = deciderService({
  name: 'monitor',
  settings,
  reactsTo: INPUTS,
  stateFrom: [...INPUTS, 'DatasetSealed', 'EvaluationCompleted', 'AlertRaised', 'AlertResolved'],
  decider: monitor,
});
