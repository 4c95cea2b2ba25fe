import {
  type EventType,
  type Happened,
  isFact,
  type NewEvent,
  newEvent,
  ownerOf,
  streamOf,
  subjectOf,
} from '../../kernel/event.ts';
import { derivedId } from '../../kernel/ids.ts';
import type { Events } from '../../schemas/events.generated.ts';

export const MODEL = 'papers';
/** When the life begins; every event comes a second after the one before. */
export const START = Date.parse('2026-03-01T12:00:00.000Z');
const SECOND = 1_000;

/** Events as the services would have written them: each with its cause, its number in its aggregate, its time. */
class Life {
  readonly events: Happened[] = [];
  readonly #versions = new Map<string, number>();

  tell<T extends EventType>(type: T, data: Events[T], cause?: Happened): Happened {
    return this.#append(newEvent(type, data) as NewEvent, cause);
  }

  #append(event: NewEvent, cause: Happened | undefined): Happened {
    const fact = isFact(event.type);
    const aggregate = `${streamOf(event.type)}/${subjectOf(event)}`;
    const version = fact ? (this.#versions.get(aggregate) ?? 0) + 1 : 0;
    if (fact) this.#versions.set(aggregate, version);
    const id = derivedId('0195512c-8400-7000-8000-000000000000', 'life', this.events.length);
    const happened: Happened = {
      id,
      source: fact ? ownerOf(streamOf(event.type)) : 'cli',
      subject: subjectOf(event),
      time: START + this.events.length * SECOND,
      sequence: version,
      correlationId: cause?.correlationId ?? id,
      causationId: cause?.id ?? null,
      ...event,
    };
    this.events.push(happened);
    return happened;
  }
}

const metrics = (accuracy: number) => ({
  samples: 10,
  accuracy,
  macroF1: accuracy - 0.01,
  logLoss: 0.5,
  calibrationError: 0.03,
  crossListedAccuracy: accuracy + 0.05,
  perClass: [
    { label: 'cs.LG', precision: 0.8, recall: 0.7, f1: 0.746, support: 6 },
    { label: 'cs.AI', precision: 0.6, recall: 0.9, f1: 0.72, support: 4 },
  ],
  confusion: [
    [4, 2],
    [1, 3],
  ],
  coverage: [{ coverage: 0.5, accuracy: 0.9 }],
});

function collect(life: Life): Happened {
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
  const accept = (arxivId: string, published: string, cause?: Happened) =>
    life.tell(
      'SampleAccepted',
      { arxivId, title: 't', abstract: 'a', label: 'cs.LG', categories: ['cs.LG'], published, words: 60 },
      cause,
    );
  accept('2401.00001', '2024-01-01', papers[0]);
  const duplicate = {
    arxivId: '2401.00002',
    duplicateOf: '2401.00001',
    how: 'title',
    similarity: 1,
  } as const;
  life.tell('SampleDeduplicated', duplicate, papers[1]);
  life.tell('SampleRejected', { arxivId: 'cs/9901001', why: 'too_short', detail: '3 words' }, papers[2]);
  return accept('2402.00003', '2024-02-01', papers[3]);
}

interface Training {
  number: number;
  cause: 'requested' | 'drift';
  because: Happened | undefined;
}

function beginTraining(life: Life, { number, cause, because }: Training) {
  const ids = { model: MODEL, datasetId: `dataset-${number}`, runId: `run-${number}` };
  const { model, datasetId, runId } = ids;
  const settings = { engine: 'linear', params: { c: 0.5 }, seed: 42 };
  const triggered = life.tell(
    'RetrainingTriggered',
    {
      ...{ ...ids, retrainingId: `retraining-${number}`, cause, reason: `${cause} it was` },
      ...{ samples: 2 * number, samplesAtLast: 2 * number - 2, ...settings },
    },
    because,
  );
  const wanted = life.tell(
    'DatasetRequested',
    { datasetId, model, extends: null, seed: 42, trainShare: 0.8, validationShare: 0.1 },
    triggered,
  );
  const sealed = life.tell(
    'DatasetSealed',
    {
      ...{ datasetId, model, extends: null, artifact: 'sha256:d', contentHash: 'hash', seed: 42 },
      ...{ labels: ['cs.AI', 'cs.LG'], train: 80, validation: 10, test: 10 },
      balance: { 'cs.AI': 40, 'cs.LG': 60 },
      sources: [{ topic: 'epochlog.samples', partition: 0, from: 0, to: 4 }],
      reference: [],
    },
    wanted,
  );
  const asked = life.tell('TrainingRequested', { runId, model, datasetId, ...settings }, sealed);
  const started = life.tell(
    'TrainingStarted',
    { runId, model, datasetId, ...settings, params: { c: 0.5, epochs: 2 }, contentHash: 'hash' },
    asked,
  );
  return { ...ids, started };
}

/** From the first epoch to the registered version. */
function trainVersion(life: Life, training: Training, version: string, accuracy: number) {
  const { runId, model, datasetId, started } = beginTraining(life, training);
  for (const epoch of [1, 2]) {
    life.tell(
      'EpochCompleted',
      {
        ...{ runId, epoch, trainLoss: 1 / epoch, validationLoss: 1.1 / epoch },
        ...{ validationAccuracy: 0.7, validationMacroF1: 0.69, seconds: 0.5 },
      },
      started,
    );
  }
  const made = { package: `sha256:p${training.number}`, modelHash: `m${training.number}` };
  const trained = life.tell(
    'TrainingCompleted',
    { runId, model, datasetId, ...made, epochs: 2, bestEpoch: 2, stoppedEarly: false, seconds: 1.25 },
    started,
  );
  const evaluationId = `${runId}/evaluation`;
  const asked = life.tell(
    'EvaluationRequested',
    {
      evaluationId,
      model,
      version: null,
      runId,
      package: made.package,
      datasetId,
      papers: null,
      baseline: null,
    },
    trained,
  );
  const evaluated = life.tell(
    'EvaluationCompleted',
    {
      ...{ evaluationId, model, version: null, runId, ...made, datasetId, papers: null },
      metrics: metrics(accuracy),
      baseline:
        training.number === 1 ? null : { version: 'v1.0.0', package: 'sha256:p1', metrics: metrics(0.7) },
      reference: [],
      seconds: 0.25,
    },
    asked,
  );
  life.tell(
    'VersionRegistered',
    { model, version, runId, ...made, datasetId, evaluationId, accuracy, macroF1: accuracy - 0.01 },
    evaluated,
  );
  return { version, runId, package: made.package, datasetId, evaluationId, evaluated };
}

function serve(life: Life): void {
  for (let i = 0; i < 6; i++) {
    life.tell('PredictionServed', {
      ...{
        requestId: `request-${i}`,
        instanceId: i === 0 ? '2401.00001' : null,
        model: MODEL,
        version: 'v1.0.0',
      },
      ...{
        label: i % 2 ? 'cs.AI' : 'cs.LG',
        confidence: 0.5 + i / 20,
        latencyMs: i + 1,
        textLength: 100 + i,
      },
      ...{ rareWordShare: 0.125, instant: Date.parse('2026-02-01T00:00:00.000Z') + i },
    });
  }
  life.tell('PredictionFailed', {
    ...{ requestId: 'request-6', instanceId: null, model: MODEL },
    ...{ code: 'INFERENCE_FAILED', reason: 'it broke' },
  });
  const observe = (requestId: string, label: string) =>
    life.tell('OutcomeObserved', { requestId, label, observedAt: START, source: 'arxiv' });
  observe('request-0', 'cs.AI');
  observe('request-1', 'cs.AI');
  observe('request-0', 'cs.LG'); // a correction: the label reported last counts
}

function measure(life: Life): Happened {
  const window = { model: MODEL, version: 'v1.0.0', window: 1, from: START, to: START + SECOND };
  const accuracy = { labelled: 2, accuracy: 0.5, reference: 0.7, pValue: 0.2, dropped: false };
  life.tell('AccuracyMeasured', { monitorId: `${MODEL}/accuracy`, ...window, ...accuracy });
  const monitorId = `${MODEL}/drift`;
  const measured = life.tell('DriftMeasured', {
    ...{ monitorId, ...window, predictions: 6 },
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
export function smallLife(): readonly Happened[] {
  const life = new Life();
  collect(life);
  const wish = {
    model: MODEL,
    reason: 'the first',
    requestedBy: 'ada',
    engine: null,
    params: {},
    seed: null,
  };
  const asked = life.tell('RetrainingRequested', wish);
  const conclude = (
    number: number,
    outcome: 'promoted' | 'failed',
    version: string | null,
    cause: Happened,
  ) =>
    life.tell(
      'RetrainingConcluded',
      { model: MODEL, retrainingId: `retraining-${number}`, outcome, version, reason: `it was ${outcome}` },
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
  conclude(1, 'promoted', 'v1.0.0', life.tell('VersionPromoted', { ...first, ...promotion }, evaluated));
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
  const more = life.tell('RetrainingRequested', { ...wish, reason: 'once more' });
  life.tell('RetrainingRefused', { model: MODEL, code: 'CONFLICT', reason: 'one is running' }, more);
  life.tell('DatasetRefused', {
    datasetId: 'dataset-9',
    model: MODEL,
    code: 'DATASET_TOO_SMALL',
    reason: 'two',
  });
  return life.events;
}
