import { PLAIN_RESOLUTION } from '../../schemas/alerts/plain.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { policyChanged } from './policies.ts';
import { acceptedSample, ingested } from './records.ts';
import { MODEL, Scenario } from './scenario.ts';
import { measure, report, retire, serve } from './scenario-serving.ts';
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
    isEstimate: false,
    replaces: false,
    revision: null,
    revisedAt: null,
  };
  scenario.record('SampleDeduplicated', duplicate, papers[1]);
  scenario.record(
    'SampleRejected',
    {
      task: 'arxiv',
      recordId: 'cs/9901001',
      reason: 'too_short',
      detail: '3 words',
      replaces: false,
      unlabelled: null,
      revision: null,
      revisedAt: null,
    },
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
    ...{ ethics: '', caveats: '', maintenance: '' },
    file: `model: ${MODEL}\n`,
    requestedBy: 'ada',
  });
  scenario.record(
    'PolicyChanged',
    policyChanged(MODEL, 'promotion: { gates: { accuracy: { minimum: 0.6 } } }\n').data,
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
    keepBest: null,
    reuse: false,
    change: null,
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
      ...PLAIN_RESOLUTION,
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
