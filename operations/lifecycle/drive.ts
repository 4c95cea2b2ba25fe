import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Digest } from '../../kernel/ports/artifacts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { postToPredictor } from '../predictor.ts';
import { isInProduction, readModel } from '../production.ts';
import type { Session } from '../session.ts';
import { type LifecycleIds, lifecycleIds } from './ids.ts';
import type { LifecycleRecord, Month, Plan } from './plan.ts';
import { type Progress, readProgress } from './progress.ts';

const PREDICTIONS_PER_CALL = 64;
const OUTCOMES_PER_CALL = 500;
const SERVED_TIMEOUT_MS = 60_000;
const SERVED_INTERVAL_MS = 20;

/** What a lifecycle is of. */
export interface Lifecycle {
  readonly model: string;
  readonly task: string;
  readonly source: Source;
  readonly plan: Plan;
}

/** Where its records come from. */
export interface Source {
  /** digest of the artifact that holds the records */
  readonly digest: Digest;
  readonly name: string;
  readonly generated: boolean;
}

/** Follows the steps of a lifecycle. */
export interface Listener {
  /** called when a step begins, with the fraction (0..1) of the lifecycle that is done */
  step(text: string, fraction: number): void;
  /** called when all that a step caused is in the log: of the first training, then of each month */
  told(month: string | null): Promise<void>;
}

/** A lifecycle that is driven: what it is of, and what of it the log holds. */
interface Driven extends Lifecycle {
  readonly session: Session;
  readonly ids: LifecycleIds;
  readonly progress: Progress;
}

/**
 * Sends the requests that come from outside: collect the records before the cut, train a first version; then for each
 * month predict the new records, collect them, and report their targets. The services do all else. Requests that are
 * already in the log are not repeated. The model must be declared.
 */
export async function driveLifecycle(
  session: Session,
  lifecycle: Lifecycle,
  listener: Listener,
): Promise<void> {
  await session.quiet();
  const { model, plan } = lifecycle;
  const driven: Driven = {
    ...lifecycle,
    session,
    ids: lifecycleIds(model),
    progress: await readProgress(session.events, model),
  };

  listener.step(`collecting the ${plan.before} records before ${plan.cut}`, 0);
  await collect(driven, driven.ids.history, { from: null, to: plan.cut, instant: Date.parse(plan.cut) });
  listener.step('training the first version', 0.1);
  await trainFirst(driven);
  await listener.told(null);

  for (const [index, month] of plan.months.entries()) {
    listener.step(`${month.name}: ${month.records.length} records`, 0.2 + (0.8 * index) / plan.months.length);
    const records = month.records.unpack();
    await predict(driven, records);
    await collect(driven, driven.ids.month(month.name), { ...month, instant: endOf(month) });
    await observe(driven, month, records);
    await measureFirstVersion(driven, month, records);
    await session.quiet(['projector']);
    await listener.told(month.name);
    if (index < plan.months.length - 1) month.records.forget(); // of the last ones the command shows some
  }
  await untilServed(driven);
}

/** Waits until a predictor reports what it serves: `quiet` does not wait for predictors of other processes. */
async function untilServed({ session, model }: Driven): Promise<void> {
  for (const deadline = Date.now() + SERVED_TIMEOUT_MS; Date.now() < deadline; ) {
    const { production, served } = await readModel(session.events, model);
    if (!production || served.length > 0) return;
    await sleep(SERVED_INTERVAL_MS, undefined, { signal: session.signal });
  }
}

type Records = readonly LifecycleRecord[];

/** When the records of a month are all there: at its last one. */
const endOf = ({ records, from }: Month): number => records.lastTime ?? Date.parse(from);

async function collect(
  { session, progress, task, source }: Driven,
  id: string,
  { from, to, instant }: { from: string | null; to: string; instant: number },
): Promise<void> {
  if (progress.collections.has(id)) return;
  const { digest, name, generated } = source;
  const requestedBy = 'lifecycle';
  const data = { collectionId: id, task, source: digest, sourceName: name, generated, from, to, requestedBy };
  await session.publisher.publish([newEvent('CollectionRequested', data, instant)]);
  await session.quiet(['projector']);
}

async function trainFirst({ session, progress, model, plan }: Driven): Promise<void> {
  if (!progress.trainingRequested) {
    const request = {
      model,
      reason: `first version, on the records before ${plan.cut}`,
      requestedBy: 'lifecycle',
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
    await session.publisher.publish([newEvent('TrainingPlanRequested', request, Date.parse(plan.cut))]);
  }
  await session.quiet(['projector']);
  if ((await readModel(session.events, model)).changes.length > 0) return;
  throw new EpochlogError('DATASET_TOO_SMALL', await whyNoVersion(session, model));
}

/** The reason of the last refusal or failure of the first training. */
async function whyNoVersion({ events }: Session, model: string): Promise<string> {
  let reason = 'no version came into production';
  for await (const { data } of events.scan([
    'DatasetRefused',
    'TrainingFailed',
    'RunCancelled',
    'EvaluationFailed',
    'PromotionRefused',
    'TrainingPlanRefused',
  ])) {
    if (data.model === model) reason = data.reason;
  }
  return reason;
}

async function predict({ session, progress, ids, model }: Driven, records: Records): Promise<void> {
  const open = records.filter(({ number }) => !progress.predictions.has(ids.prediction(number)));
  for (let i = 0; i < open.length; i += PREDICTIONS_PER_CALL) {
    const instances = open.slice(i, i + PREDICTIONS_PER_CALL).map(({ number, id, instance, time }) => ({
      requestId: ids.prediction(number),
      id,
      instance,
      instant: new Date(time).toISOString(),
    }));
    await predictByLatest(session, model, instances);
    // a training plan that these predictions trigger ends before the next request, so that every run gives the same events
    await session.quiet(['projector']);
  }
}

/** Predicts by the version in production. */
async function predictByLatest(session: Session, model: string, instances: readonly object[]): Promise<void> {
  const { production } = await readModel(session.events, model);
  const body = { model, version: production?.data.version, instances };
  await postToPredictor(session, '/v1/predict', body, ['MODEL_NOT_READY']); // it may still serve the one before
}

async function observe(driven: Driven, month: Month, records: Records): Promise<void> {
  const { session, progress, ids } = driven;
  const instant = new Date(endOf(month)).toISOString();
  const labels = await knownLabels(driven);
  const outcomes = records.flatMap(({ number, target }) => {
    const known = { requestId: ids.prediction(number), source: 'lifecycle', instant };
    const { requestId } = known;
    if (target === null || progress.outcomes.has(requestId)) return [];
    if (typeof target === 'number') return { ...known, value: target };
    return labels.has(target) ? { ...known, label: target } : [];
  });
  for (let i = 0; i < outcomes.length; i += OUTCOMES_PER_CALL) {
    await postToPredictor(session, '/v1/outcomes', { outcomes: outcomes.slice(i, i + OUTCOMES_PER_CALL) });
  }
  await session.quiet(['projector']);
}

/** The labels of the version in production: an outcome with another label is refused. */
async function knownLabels({ session: { events }, model }: Driven): Promise<ReadonlySet<string>> {
  const { production } = await readModel(events, model);
  for await (const { data } of events.scan(['DatasetSealed'])) {
    if (data.datasetId === production?.data.datasetId) return new Set(data.labels);
  }
  return new Set();
}

/** Requests an evaluation of the first version on the records of the month, for comparison. */
async function measureFirstVersion(
  { session, progress, ids, model }: Driven,
  month: Month,
  records: Records,
): Promise<void> {
  const evaluationId = `${ids.firstPrefix}${month.name}`;
  if (progress.evaluations.has(evaluationId)) return;
  const first = (await readModel(session.events, model)).changes.find(isInProduction);
  if (!first) throw new EpochlogError('MODEL_NOT_READY', `no version of ${model} was ever in production`);
  const lines = records.map(({ fields }) => `${JSON.stringify(fields)}\n`);
  const request = {
    evaluationId,
    model,
    version: first.data.version,
    package: first.data.package,
    runId: null,
    datasetId: null,
    data: await session.artifacts.put(Buffer.from(lines.join(''))),
    dataName: 'records.jsonl',
    baseline: null,
    includeTraining: false,
    examination: null,
    fold: null,
    reuse: false,
    requestedBy: 'lifecycle',
  };
  await session.publisher.publish([newEvent('EvaluationRequested', request, endOf(month))]);
}
