import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { VersionRegistered } from '../../schemas/events.generated.ts';
import { DIRECT, FAILED_DIRECT } from '../../schemas/predictions/direct.ts';
import { policyChanged } from './policies.ts';
import { acceptedSample, ingested } from './records.ts';
import { MODEL, Scenario, SECOND, START } from './scenario.ts';
import { beginTraining, trainVersion } from './scenario-training.ts';

function collect(scenario: Scenario): RecordedEvent {
  const collection = { collectionId: 'collection-1', task: 'arxiv', source: 'sha256:0' };
  const asked = scenario.record('CollectionRequested', {
    ...collection,
    sourceName: 'papers.jsonl',
    generated: false,
    from: null,
    to: null,
    requestedBy: 'ada',
  });
  const started = scenario.record('CollectionStarted', collection, asked);
  const { collectionId } = collection;
  const papers = [
    { id: '2401.00001', title: 'On something', published: '2024-01-01' },
    { id: '2401.00002', title: 'On something', published: '2024-01-02' },
    { id: 'cs/9901001', title: 'Old', published: '1999-01-05' },
    { id: '2402.00003', title: 'On another thing', published: '2024-02-01' },
  ].map(({ id, title, published }, index) => {
    const abstract = `An abstract with "quotes", a\nline break and ∂ – ${index}`;
    const { data } = ingested(
      id,
      { title, abstract, categories: ['cs.LG', 'stat.ML'], published },
      index + 1,
    );
    return scenario.record('RecordIngested', { ...data, collectionId }, started);
  });
  const rejection = { recordId: 'papers.jsonl#5', line: 5, code: 'missing_field', reason: 'no title' };
  scenario.record('RecordRejected', { task: 'arxiv', collectionId, ...rejection }, started);
  const accept = (id: string, time: string, cause?: RecordedEvent) =>
    scenario.record('SampleAccepted', acceptedSample(id, { time }).data, cause);
  accept('2401.00001', '2024-01-01', papers[0]);
  const duplicate = {
    task: 'arxiv',
    recordId: '2401.00002',
    duplicateOf: '2401.00001',
    matchedBy: 'title',
    similarity: 1,
    replaces: false,
  };
  scenario.record('SampleDeduplicated', duplicate, papers[1]);
  scenario.record(
    'SampleRejected',
    { task: 'arxiv', recordId: 'cs/9901001', reason: 'too_short', detail: '3 words', replaces: false },
    papers[2],
  );
  return accept('2402.00003', '2024-02-01', papers[3]);
}

/** A task and a model of it are declared. */
function declare(scenario: Scenario): void {
  const file = 'task: tickets\nkind: text\ntarget: { column: queue, classes: from data }\ntext: [subject]\n';
  scenario.record('TaskDeclared', { task: 'tickets', version: '0123456789ab', file, requestedBy: 'ada' });
  scenario.record('ModelDeclared', {
    model: MODEL,
    version: 'ba9876543210',
    task: 'arxiv',
    engine: 'linear',
    parameters: { c: 0.5 },
    seed: 42,
    owner: 'ada',
    description: 'papers by category',
    intendedUse: '',
    limits: '',
    licence: '',
    file: `model: ${MODEL}\n`,
    requestedBy: 'ada',
  });
  scenario.record(
    'PolicyChanged',
    policyChanged(MODEL, 'promotion: { gates: { accuracy: { minimum: 0.6 } } }\n').data,
  );
}

function serve(scenario: Scenario): void {
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
function report(scenario: Scenario, promoted: RecordedEvent, version: string, digest: string): void {
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
function retire(scenario: Scenario, version: Omit<VersionRegistered, 'model' | 'version'>): void {
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

function measure(scenario: Scenario): RecordedEvent {
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
  };
  scenario.record('QualityMeasured', { monitorId: `${MODEL}/quality`, ...window, ...quality });
  const monitorId = `${MODEL}/drift`;
  const drifted = { drifted: true, adjustedPValue: 2e-5 };
  const within = { drifted: false, adjustedPValue: 0.6 };
  const bins = { edges: [0, 1, 2], categories: [], referenceCounts: [3, 3, 0], windowCounts: [2, 4, 0] };
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
      policyVersion: 1,
    },
    measured,
  );
}

/**
 * A scenario with every kind of event: papers, a first version promoted, predictions with some true labels, drift, a
 * training that fails, a second version promoted, a rollback, a refused promotion and a refused training.
 */
export function smallScenario(): readonly RecordedEvent[] {
  const scenario = new Scenario();
  declare(scenario);
  collect(scenario);
  const wish = {
    model: MODEL,
    reason: 'the first',
    requestedBy: 'ada',
    engine: null,
    params: {},
    seed: null,
    promote: true,
    fromVersion: null,
    seeds: {},
    checkpointEvery: null,
  };
  const asked = scenario.record('TrainingPlanRequested', wish);
  const conclude = (
    number: number,
    outcome: 'promoted' | 'failed',
    version: string | null,
    cause: RecordedEvent,
  ) =>
    scenario.record(
      'TrainingPlanConcluded',
      { model: MODEL, planId: `plan-${number}`, outcome, version, reason: `it was ${outcome}` },
      cause,
    );

  const { evaluated, ...first } = trainVersion(
    scenario,
    { number: 1, cause: 'requested', because: asked },
    'v1.0.0',
    0.7,
  );
  const served = { model: MODEL, requestedBy: 'registrar', policyVersion: 1 };
  const promotion = { ...served, previous: null, reason: 'the first version' };
  const promoted = scenario.record('VersionPromoted', { ...first, ...promotion }, evaluated);
  conclude(1, 'promoted', 'v1.0.0', promoted);
  report(scenario, promoted, 'v1.0.0', first.package);
  serve(scenario);
  const alert = measure(scenario);

  const failing = beginTraining(scenario, { number: 2, cause: 'drift', because: alert });
  const failure = { runId: failing.runId, model: MODEL, code: 'DATASET_TOO_SMALL', reason: 'too few' };
  conclude(2, 'failed', null, scenario.record('TrainingFailed', failure, failing.started));

  const { evaluated: better, ...second } = trainVersion(
    scenario,
    { number: 3, cause: 'drift', because: alert },
    'v1.1.0',
    0.75,
  );
  const replaced = scenario.record(
    'VersionPromoted',
    { ...second, ...served, previous: 'v1.0.0', reason: 'better by 0.05' },
    better,
  );
  scenario.record(
    'VersionArchived',
    { model: MODEL, version: 'v1.0.0', reason: 'replaced by v1.1.0', policyVersion: 1 },
    better,
  );
  conclude(3, 'promoted', 'v1.1.0', replaced);
  scenario.record(
    'AlertResolved',
    {
      monitorId: `${MODEL}/drift`,
      alertId: 'alert-1',
      model: MODEL,
      reason: 'v1.0.0 has left',
      policyVersion: 1,
    },
    replaced,
  );

  const back = { model: MODEL, reason: 'it looks wrong', requestedBy: 'ada' };
  const wanted = scenario.record('RollbackRequested', { ...back, to: null, from: null });
  scenario.record('VersionRolledBack', { ...first, ...back, from: 'v1.1.0', policyVersion: 1 }, wanted);
  const again = scenario.record('PromotionRequested', {
    ...{ ...back, version: 'v9.9.9', expected: null, force: false },
  });
  const unknown = {
    ...back,
    version: 'v9.9.9',
    runId: null,
    code: 'NOT_FOUND',
    reason: 'there is no v9.9.9',
    policyVersion: 1,
  };
  scenario.record('PromotionRefused', unknown, again);
  const more = scenario.record('TrainingPlanRequested', { ...wish, reason: 'once more' });
  scenario.record(
    'TrainingPlanRefused',
    { model: MODEL, code: 'CONFLICT', reason: 'one is running', policyVersion: 1 },
    more,
  );
  const { runId, package: digest, datasetId, evaluationId } = first;
  const measured = {
    modelHash: 'm1',
    metrics: { accuracy: 0.7, macroF1: 0.69 },
    primaryMetric: 'accuracy',
    policyVersion: 0,
  };
  retire(scenario, { runId, package: digest, datasetId, evaluationId, ...measured });
  scenario.record('DatasetRefused', {
    datasetId: 'dataset-9',
    model: MODEL,
    task: 'arxiv',
    code: 'DATASET_TOO_SMALL',
    reason: 'two',
  });
  return scenario.events;
}
