import type { RecordedEvent } from '../../kernel/event.ts';
import type { VersionRegistered } from '../../schemas/events.generated.ts';
import { Life, MODEL, SECOND, START } from './life.ts';
import { beginTraining, trainVersion } from './life-training.ts';

function collect(life: Life): RecordedEvent {
  const collectionId = 'collection-1';
  const asked = life.tell('CollectionRequested', {
    collectionId,
    source: 'sha256:0',
    sourceName: 'papers.jsonl',
    generated: false,
    from: null,
    to: null,
  });
  const started = life.tell('CollectionStarted', { collectionId, source: 'sha256:0' }, asked);
  const papers = [
    { arxivId: '2401.00001', title: 'On something', published: '2024-01-01' },
    { arxivId: '2401.00002', title: 'On something', published: '2024-01-02' },
    { arxivId: 'cs/9901001', title: 'Old', published: '1999-01-05' },
    { arxivId: '2402.00003', title: 'On another thing', published: '2024-02-01' },
  ].map((paper, index) =>
    life.tell(
      'PaperIngested',
      {
        ...paper,
        abstract: `An abstract with "quotes", a\nline break and ∂ – ${index}`,
        authors: ['Ada Lovelace'],
        categories: ['cs.LG', 'stat.ML'],
        primaryCategory: 'cs.LG',
        collectionId,
        line: index + 1,
      },
      started,
    ),
  );
  life.tell(
    'PaperRejected',
    { paperId: 'papers.jsonl#5', collectionId, line: 5, code: 'INPUT_INVALID', reason: 'no title' },
    started,
  );
  const accept = (arxivId: string, published: string, cause?: RecordedEvent) =>
    life.tell(
      'SampleAccepted',
      {
        arxivId,
        title: 't',
        abstract: 'a',
        label: 'cs.LG',
        categories: ['cs.LG'],
        published,
        words: 60,
        replaces: false,
      },
      cause,
    );
  accept('2401.00001', '2024-01-01', papers[0]);
  const duplicate = {
    arxivId: '2401.00002',
    duplicateOf: '2401.00001',
    matchedBy: 'title',
    similarity: 1,
    replaces: false,
  } as const;
  life.tell('SampleDeduplicated', duplicate, papers[1]);
  life.tell(
    'SampleRejected',
    { arxivId: 'cs/9901001', reason: 'too_short', detail: '3 words', replaces: false },
    papers[2],
  );
  return accept('2402.00003', '2024-02-01', papers[3]);
}

function serve(life: Life): void {
  for (let i = 0; i < 6; i++) {
    life.tell('PredictionServed', {
      requestId: `request-${i}`,
      instanceId: i === 0 ? '2401.00001' : null,
      model: MODEL,
      version: 'v1.0.0',
      label: i % 2 ? 'cs.AI' : 'cs.LG',
      confidence: 0.5 + i / 20,
      latencyMs: i + 1,
      textLength: 100 + i,
      rareWordShare: 0.125,
      instant: Date.parse('2026-02-01T00:00:00.000Z') + i,
    });
  }
  life.tell('PredictionFailed', {
    requestId: 'request-6',
    instanceId: null,
    model: MODEL,
    code: 'INFERENCE_FAILED',
    reason: 'it broke',
  });
  const observe = (requestId: string, label: string) =>
    life.tell('OutcomeReported', { requestId, label, reportedAt: START, source: 'arxiv' });
  observe('request-0', 'cs.AI');
  observe('request-1', 'cs.AI');
  observe('request-0', 'cs.LG'); // a correction: the label reported last counts
}

/** What two instances of the predictor say of a promotion: one serves the version, the other does once it can. */
function report(life: Life, promoted: RecordedEvent, version: string, digest: string): void {
  const about = { model: MODEL, version, decisionId: promoted.id, decisionNumber: promoted.sequence };
  const said = (instance: string, number: number) => ({
    ...about,
    servingId: `${version}-${instance}-${number}`,
    package: digest,
    instance,
  });
  const torn = { served: null, code: 'PACKAGE_INVALID', reason: 'it is torn' };
  life.tell('ServingFailed', { ...said('two', 1), ...torn }, promoted);
  life.tell('VersionServing', said('one', 1), promoted);
  life.tell('VersionServing', said('two', 2), promoted);
}

/** A model that has had its day. */
function retire(life: Life, version: Omit<VersionRegistered, 'model' | 'version'>): void {
  const [model, served] = ['old-papers', 'v1.0.0'];
  life.tell('VersionRegistered', { model, version: served, ...version });
  const { modelHash: _, metrics: _m, primaryMetric: _p, ...origin } = version;
  const why = { reason: 'the first', requestedBy: 'registrar' };
  life.tell('VersionPromoted', { model, version: served, previous: null, ...origin, ...why });
  const wish = { model, reason: 'nobody asks it', requestedBy: 'ada' };
  const asked = life.tell('RetirementRequested', wish);
  const retired = life.tell('ModelRetired', { ...wish, version: served }, asked);
  const about = { model, instance: 'one', decisionId: retired.id, decisionNumber: retired.sequence };
  life.tell('ServingEnded', { servingId: 'ended-one', ...about }, retired);
  const again = life.tell('RetirementRequested', wish);
  life.tell('RetirementRefused', { ...wish, code: 'CONFLICT', reason: 'it is retired already' }, again);
}

function measure(life: Life): RecordedEvent {
  const window = { model: MODEL, version: 'v1.0.0', window: 1, from: START, to: START + SECOND };
  const quality = {
    labelled: 2,
    metric: 'accuracy',
    value: 0.5,
    reference: 0.7,
    pValue: 0.2,
    dropped: false,
  };
  life.tell('QualityMeasured', { monitorId: `${MODEL}/quality`, ...window, ...quality });
  const monitorId = `${MODEL}/drift`;
  const measured = life.tell('DriftMeasured', {
    monitorId,
    ...window,
    predictions: 6,
    features: [
      { feature: 'textLength', psi: 0.4, expectedPsi: 0.05, pValue: 0.001, drifted: true },
      { feature: 'confidence', psi: 0.04, expectedPsi: 0.05, pValue: 0.6, drifted: false },
    ],
  });
  return life.tell(
    'AlertRaised',
    {
      monitorId,
      alertId: 'alert-1',
      model: MODEL,
      version: 'v1.0.0',
      cause: 'drift',
      reason: 'textLength drifted',
    },
    measured,
  );
}

/**
 * A small life of a model: papers, a first version promoted, predictions with some of their true labels, drift, a
 * training that fails, a second version promoted, a rollback, a refused promotion and a refused training.
 */
export function smallLife(): readonly RecordedEvent[] {
  const life = new Life();
  collect(life);
  const wish = {
    model: MODEL,
    reason: 'the first',
    requestedBy: 'ada',
    engine: null,
    params: {},
    seed: null,
    create: false,
  };
  const asked = life.tell('TrainingPlanRequested', wish);
  const conclude = (
    number: number,
    outcome: 'promoted' | 'failed',
    version: string | null,
    cause: RecordedEvent,
  ) =>
    life.tell(
      'TrainingPlanConcluded',
      { model: MODEL, planId: `plan-${number}`, outcome, version, reason: `it was ${outcome}` },
      cause,
    );

  const { evaluated, ...first } = trainVersion(
    life,
    { number: 1, cause: 'requested', because: asked },
    'v1.0.0',
    0.7,
  );
  const served = { model: MODEL, requestedBy: 'registrar' };
  const promotion = { ...served, previous: null, reason: 'the first version' };
  const promoted = life.tell('VersionPromoted', { ...first, ...promotion }, evaluated);
  conclude(1, 'promoted', 'v1.0.0', promoted);
  report(life, promoted, 'v1.0.0', first.package);
  serve(life);
  const alert = measure(life);

  const failing = beginTraining(life, { number: 2, cause: 'drift', because: alert });
  const failure = { runId: failing.runId, model: MODEL, code: 'DATASET_TOO_SMALL', reason: 'too few' };
  conclude(2, 'failed', null, life.tell('TrainingFailed', failure, failing.started));

  const { evaluated: better, ...second } = trainVersion(
    life,
    { number: 3, cause: 'drift', because: alert },
    'v1.1.0',
    0.75,
  );
  const replaced = life.tell(
    'VersionPromoted',
    { ...second, ...served, previous: 'v1.0.0', reason: 'better by 0.05' },
    better,
  );
  life.tell('VersionArchived', { model: MODEL, version: 'v1.0.0', reason: 'replaced by v1.1.0' }, better);
  conclude(3, 'promoted', 'v1.1.0', replaced);
  life.tell(
    'AlertResolved',
    { monitorId: `${MODEL}/drift`, alertId: 'alert-1', model: MODEL, reason: 'v1.0.0 has left' },
    replaced,
  );

  const back = { model: MODEL, reason: 'it looks wrong', requestedBy: 'ada' };
  const wanted = life.tell('RollbackRequested', back);
  life.tell('VersionRolledBack', { ...first, ...back, from: 'v1.1.0' }, wanted);
  const again = life.tell('PromotionRequested', { ...back, version: 'v9.9.9' });
  const unknown = {
    ...back,
    version: 'v9.9.9',
    runId: null,
    code: 'NOT_FOUND',
    reason: 'there is no v9.9.9',
  };
  life.tell('PromotionRefused', unknown, again);
  const more = life.tell('TrainingPlanRequested', { ...wish, reason: 'once more' });
  life.tell('TrainingPlanRefused', { model: MODEL, code: 'CONFLICT', reason: 'one is running' }, more);
  const { runId, package: digest, datasetId, evaluationId } = first;
  const measured = { modelHash: 'm1', metrics: { accuracy: 0.7, macroF1: 0.69 }, primaryMetric: 'accuracy' };
  retire(life, { runId, package: digest, datasetId, evaluationId, ...measured });
  life.tell('DatasetRefused', {
    datasetId: 'dataset-9',
    model: MODEL,
    code: 'DATASET_TOO_SMALL',
    reason: 'two',
  });
  return life.events;
}
