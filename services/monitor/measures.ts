import { measure } from '../../ml/metrics/format.ts';
import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import type {
  DriftCheckRequested,
  DriftMeasured,
  PredictionServed,
  QualityMeasured,
} from '../../schemas/events.generated.ts';
import { alertOn, monitorOf } from './alerts.ts';
import { measureDrift } from './drift.ts';
import { labelDriftOf, reasonOfLabels } from './label-drift.ts';
import { compareQuality } from './quality.ts';
import { inProduction, isCompared, joinedBy, type MonitorState, policyOf, windowsOf } from './state.ts';
import { completedBy } from './window.ts';

/** Fewer predictions say nothing about drift. */
const MIN_CHECKED = 50;

/** Measures drift when this prediction completes a window of the version in production. */
export function measuredDrift(state: MonitorState, served: PredictionServed, now: number): NewEvent[] {
  const { served: window, comparedAt } = windowsOf(state, served);
  const predictions = completedBy(window, served, policyOf(state, served.model).drift.window);
  const measure =
    predictions && driftOf(state, served, window.number, predictions, isCompared(comparedAt, now));
  if (!measure) return [];
  return [newEvent('DriftMeasured', measure), ...alertOn(state, 'drift', measure, reasonOfDrift(measure))];
}

/**
 * Measures drift on request, in the predictions of the window that is not full yet, which goes on. It may raise an alert;
 * only a full window resolves one.
 */
export function checkedDrift(state: MonitorState, asked: DriftCheckRequested): NewEvent[] {
  const { model, monitorId, requestedBy } = asked;
  const refused = (code: string, reason: string) => [
    newEvent('DriftCheckRefused', { monitorId, model, code, reason, requestedBy }),
  ];
  const production = state.models.get(model)?.decision?.production;
  if (!production) return refused('NOT_FOUND', `${model} has no version in production`);
  const version = { model, version: production.version };
  const { items, number } = windowsOf(state, version).served;
  if (items.length < MIN_CHECKED) {
    const reason = `${items.length} predictions of ${version.version} since the last full window, and drift needs ${MIN_CHECKED}`;
    return refused('CONFLICT', reason);
  }
  const measure = driftOf(state, version, number, items);
  if (!measure) return refused('CONFLICT', `${version.version} has no reference to compare with`);
  const drifted = reasonOfDrift(measure);
  const alerts = drifted === undefined ? [] : alertOn(state, 'drift', measure, drifted);
  return [newEvent('DriftMeasured', measure), ...alerts];
}

/** The drift of predictions of a version; undefined when it is not in production, or has nothing to compare with. */
function driftOf(
  state: MonitorState,
  { model, version }: Pick<PredictionServed, 'model' | 'version'>,
  window: number,
  predictions: readonly PredictionServed[],
  withRows = true,
): DriftMeasured | undefined {
  const { drift, version: policyVersion } = policyOf(state, model);
  const production = inProduction(state, { model, version });
  if (!production) return undefined;
  const inputs = state.datasets.get(production.datasetId) ?? [];
  const outputs = state.evaluations.get(production.evaluationId)?.reference ?? [];
  const reference = withRows ? state.references.get(production.datasetId) : undefined;
  const rows = reference && { reference, window };
  const features = measureDrift([...inputs, ...outputs], predictions, drift, rows);
  if (features.length === 0) return undefined;
  return {
    monitorId: monitorOf(model, 'drift'),
    model,
    version,
    window,
    predictions: predictions.length,
    ...spanOf(predictions),
    features,
    policyVersion,
  };
}

/** Measures quality when this event completes a window of labelled predictions of the version in production. */
export function measuredQuality(
  state: MonitorState,
  event: RecordedEvent<'PredictionServed' | 'OutcomeReported'>,
): NewEvent[] {
  const joined = joinedBy(state, event);
  if (!joined) return [];
  const { model, version } = joined.served;
  const { quality, version: policyVersion } = policyOf(state, model);
  const window = windowsOf(state, joined.served).labelled;
  const labelled = completedBy(window, joined, quality.window);
  const production = inProduction(state, joined.served);
  const evaluation = state.evaluations.get(production?.evaluationId ?? '');
  if (!labelled || !evaluation || evaluation.samples === 0) return [];
  const compared = compareQuality(labelled, evaluation, quality);
  if (!compared) return [];

  const measure: QualityMeasured = {
    monitorId: monitorOf(model, 'quality'),
    model,
    version,
    window: window.number,
    labelled: labelled.length,
    ...spanOf(labelled.map(({ served }) => served)),
    ...compared,
    labelDrift: labelDriftOf(labelled, evaluation, policyOf(state, model).drift),
    policyVersion,
  };
  const ofLabels = { ...measure, monitorId: monitorOf(model, 'labelDrift') };
  return [
    newEvent('QualityMeasured', measure),
    ...alertOn(state, 'quality', measure, reasonOfDrop(measure)),
    ...alertOn(state, 'labelDrift', ofLabels, reasonOfLabels(measure)),
  ];
}

function reasonOfDrift({ features }: DriftMeasured): string | undefined {
  const drifted = features.filter((feature) => feature.drifted).map(reasonOf);
  return drifted.length > 0 ? drifted.join('; ') : undefined;
}

function reasonOf({
  feature,
  slice,
  psi,
  expectedPsi,
  auroc,
  expectedAuroc,
}: DriftMeasured['features'][number]): string {
  const what = slice === null ? feature : `${feature} of ${slice}`;
  return auroc === null
    ? `${what}: PSI ${psi.toFixed(3)} (${expectedPsi.toFixed(3)} expected)`
    : `${what}: AUROC ${auroc.toFixed(3)} (${(expectedAuroc ?? 0.5).toFixed(3)} expected)`;
}

const reasonOfDrop = ({
  dropped,
  metric,
  value,
  labelled,
  reference,
  pValue,
}: QualityMeasured): string | undefined =>
  dropped
    ? `${metric} ${measure(metric, value)} on ${labelled} labelled predictions,` +
      ` ${measure(metric, reference)} on the test split (p ${pValue.toExponential(1)})`
    : undefined;

/** Instants of the first and the last prediction. */
function spanOf(predictions: readonly Pick<PredictionServed, 'instant'>[]): { from: number; to: number } {
  const instants = predictions.map(({ instant }) => instant);
  const min = (a: number, b: number) => Math.min(a, b);
  const max = (a: number, b: number) => Math.max(a, b);
  return { from: instants.reduce(min), to: instants.reduce(max) };
}
