import { PLAIN_ALERT } from '../../schemas/alerts/plain.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { VersionRegistered } from '../../schemas/events.generated.ts';
import { DIRECT, FAILED_DIRECT } from '../../schemas/predictions/direct.ts';
import { MODEL, type Scenario, SECOND, START } from './scenario.ts';

/** Six predictions and a failed one; two outcomes, one of which is corrected. */
export function serve(scenario: Scenario): void {
  for (let i = 0; i < 6; i++) {
    scenario.record('PredictionServed', {
      requestId: `request-${i}`,
      instanceId: i === 0 ? '2401.00001' : null,
      model: MODEL,
      version: 'v1.0.0',
      label: i % 2 ? 'cs.AI' : 'cs.LG',
      value: null,
      confidence: 0.5 + i / 20,
      latencyMs: i + 1,
      scores: {},
      features: { textLength: 100 + i, rareWordShare: 0.125 },
      ...DIRECT,
      route: 'predict',
      inputHash: null,
      input: null,
      instant: Date.parse('2026-02-01T00:00:00.000Z') + i,
    });
  }
  scenario.record('PredictionFailed', {
    requestId: 'request-6',
    instanceId: null,
    model: MODEL,
    version: 'v1.0.0',
    ...FAILED_DIRECT,
    route: 'predict',
    code: 'INFERENCE_FAILED',
    reason: 'it broke',
  });
  const observe = (requestId: string, label: string) =>
    scenario.record('OutcomeReported', { requestId, label, value: null, reportedAt: START, source: 'arxiv' });
  observe('request-0', 'cs.AI');
  observe('request-1', 'cs.AI');
  observe('request-0', 'cs.LG'); // a correction: the label reported last counts
}

/** Serving reports of two instances of the predictor: one serves the version, the other fails first. */
export function report(scenario: Scenario, promoted: RecordedEvent, version: string, digest: string): void {
  const about = { model: MODEL, version, decisionId: promoted.id, decisionNumber: promoted.sequence };
  const said = (instance: string, number: number) => ({
    ...about,
    servingId: `${version}-${instance}-${number}`,
    package: digest,
    instance,
  });
  const torn = { served: null, code: 'PACKAGE_INVALID', reason: 'it is torn' };
  scenario.record('ServingFailed', { ...said('two', 1), ...torn }, promoted);
  scenario.record('VersionServing', said('one', 1), promoted);
  scenario.record('VersionServing', said('two', 2), promoted);
}

/** A model that is retired. */
export function retire(scenario: Scenario, version: Omit<VersionRegistered, 'model' | 'version'>): void {
  const [model, served] = ['old-papers', 'v1.0.0'];
  scenario.record('VersionRegistered', { model, version: served, ...version });
  const { modelHash: _, metrics: _m, primaryMetric: _p, policyVersion: _v, ...origin } = version;
  const why = { reason: 'the first', requestedBy: 'registrar', policyVersion: 0 };
  scenario.record('VersionPromoted', { model, version: served, previous: null, ...origin, ...why });
  const wish = { model, reason: 'unused', requestedBy: 'ada' };
  const asked = scenario.record('RetirementRequested', wish);
  const retired = scenario.record('ModelRetired', { ...wish, version: served, policyVersion: 0 }, asked);
  const about = { model, instance: 'one', decisionId: retired.id, decisionNumber: retired.sequence };
  scenario.record('ServingEnded', { servingId: 'ended-one', ...about }, retired);
  const again = scenario.record('RetirementRequested', wish);
  scenario.record(
    'RetirementRefused',
    { ...wish, code: 'CONFLICT', reason: 'it is retired already', policyVersion: 0 },
    again,
  );
}

/** What monitors measure, and the alert that follows. */
export function measure(scenario: Scenario): RecordedEvent {
  const window = {
    model: MODEL,
    version: 'v1.0.0',
    window: 1,
    from: START,
    to: START + SECOND,
    policyVersion: 1,
  };
  const quality = {
    labelled: 2,
    metric: 'accuracy',
    value: 0.5,
    reference: 0.7,
    pValue: 0.2,
    dropped: false,
    labelDrift: null,
  };
  scenario.record('QualityMeasured', { monitorId: `${MODEL}/quality`, ...window, ...quality });
  const monitorId = `${MODEL}/drift`;
  const drifted = { drifted: true, adjustedPValue: 2e-5 };
  const within = { drifted: false, adjustedPValue: 0.6 };
  const bins = {
    ...{ edges: [0, 1, 2], categories: [], referenceCounts: [3, 3, 0], windowCounts: [2, 4, 0] },
    ...{ slice: null, auroc: null, expectedAuroc: null },
  };
  const measured = scenario.record('DriftMeasured', {
    monitorId,
    ...window,
    predictions: 6,
    features: [
      { feature: 'textLength', psi: 0.4, expectedPsi: 0.05, pValue: 1e-5, ...drifted, ...bins },
      { feature: 'confidence', psi: 0.04, expectedPsi: 0.05, pValue: 0.6, ...within, ...bins },
    ],
  });
  return scenario.record(
    'AlertRaised',
    {
      monitorId,
      alertId: 'alert-1',
      model: MODEL,
      version: 'v1.0.0',
      cause: 'drift',
      reason: 'textLength drifted',
      ...PLAIN_ALERT,
      policyVersion: 1,
    },
    measured,
  );
}
