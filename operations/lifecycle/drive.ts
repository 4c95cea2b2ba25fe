import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Digest } from '../../kernel/ports/artifacts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { shippedModels } from '../../tasks/models.ts';
import { declarationOf } from '../declare.ts';
import { declaredModels } from '../declared.ts';
import { isInProduction, readModel } from '../production.ts';
import type { Session } from '../session.ts';
import type { LifecyclePaper, Month, Plan } from './plan.ts';
import { type Progress, readProgress } from './progress.ts';

const HISTORY = 'lifecycle-history';
/** Evaluations of the first version on a month, `<prefix><YYYY-MM>`. */
export const FIRST_VERSION_PREFIX = 'lifecycle-first-';
const PREDICTIONS_PER_CALL = 64;
const OUTCOMES_PER_CALL = 500;
const SERVED_TIMEOUT_MS = 60_000;
const SERVED_INTERVAL_MS = 20;

export interface Source {
  /** digest of the papers' artifact */
  digest: Digest;
  name: string;
  generated: boolean;
}

/** Follows the steps of a lifecycle. */
export interface Listener {
  /** called when a step begins, with the fraction (0..1) of the lifecycle that is done */
  step(text: string, fraction: number): void;
}

const requestIdOf = (paper: LifecyclePaper) => `lifecycle-${paper.line}`;

/** CONFLICT when the home already holds a lifecycle of other papers, or with another cut. */
export async function assertSameLifecycle(
  session: Session,
  { digest }: Source,
  { cut }: Plan,
): Promise<void> {
  const history = (await readProgress(session.events)).collections.get(HISTORY);
  if (!history) return;
  const { home } = session.config;
  const another = 'name another data folder in EPOCHLOG_HOME, or remove this one';
  if (history.source !== digest) {
    throw new EpochlogError('CONFLICT', `${home} already holds the lifecycle of other papers: ${another}`);
  }
  if (history.to !== cut) {
    const resume = `resume it with --cut ${history.to}`;
    throw new EpochlogError(
      'CONFLICT',
      `${home} already holds a lifecycle cut at ${history.to}, not at ${cut}: ${resume}, ${another}`,
    );
  }
}

/**
 * Sends the requests that come from outside: collect the papers before the cut, train a first version; then for each
 * month predict the new papers, collect them, and report their true labels. The services do all else. Requests that
 * are already in the log are not repeated.
 */
export async function driveLifecycle(
  session: Session,
  source: Source,
  plan: Plan,
  listener: Listener,
): Promise<void> {
  await session.quiet();
  const progress = await readProgress(session.events);

  listener.step(`collecting the ${plan.before} papers before ${plan.cut}`, 0);
  await collect(session, progress, source, HISTORY, null, plan.cut);
  listener.step('training the first version', 0.1);
  await trainFirst(session, progress, plan);

  for (const [index, month] of plan.months.entries()) {
    listener.step(`${month.name}: ${month.papers.length} papers`, 0.2 + (0.8 * index) / plan.months.length);
    await predict(session, progress, month);
    await collect(session, progress, source, `lifecycle-${month.name}`, month.from, month.to);
    await observe(session, progress, month);
    await measureFirstVersion(session, progress, month);
    await session.quiet(['projector']);
  }
  await untilServed(session);
}

/** Waits until a predictor reports what it serves: `quiet` does not wait for predictors of other processes. */
async function untilServed(session: Session): Promise<void> {
  for (const deadline = Date.now() + SERVED_TIMEOUT_MS; Date.now() < deadline; ) {
    const { production, served } = await readModel(session.events, session.config.model);
    if (!production || served.length > 0) return;
    await sleep(SERVED_INTERVAL_MS, undefined, { signal: session.signal });
  }
}

async function collect(
  session: Session,
  progress: Progress,
  source: Source,
  id: string,
  from: string | null,
  to: string,
): Promise<void> {
  if (progress.collections.has(id)) return;
  const { digest, name, generated } = source;
  const data = { collectionId: id, task: 'arxiv', source: digest, sourceName: name, generated, from, to };
  await session.publisher.publish([newEvent('CollectionRequested', data)]);
  await session.quiet(['projector']);
}

async function trainFirst(session: Session, progress: Progress, plan: Plan): Promise<void> {
  if (!progress.trainingRequested) {
    await declareModel(session);
    const reason = `first version, on the papers before ${plan.cut}`;
    const request = {
      model: session.config.model,
      reason,
      requestedBy: 'lifecycle',
      engine: null,
      params: {},
      seed: null,
    };
    await session.publisher.publish([newEvent('TrainingPlanRequested', request)]);
  }
  await session.quiet(['projector']);
  if ((await readModel(session.events, session.config.model)).changes.length > 0) return;
  throw new EpochlogError('DATASET_TOO_SMALL', await whyNoVersion(session));
}

/** The lifecycle declares the model of its own task and its policy, under the name that is configured, if need be. */
async function declareModel({ events, publisher, config }: Session): Promise<void> {
  if ((await declaredModels(events)).has(config.model)) return;
  const model = [...(await shippedModels()).values()].find(({ task }) => task === 'arxiv')!;
  await publisher.publish(await declarationOf(events, { ...model, model: config.model }, 'lifecycle'));
}

/** The reason of the last refusal or failure of the first training. */
async function whyNoVersion(session: Session): Promise<string> {
  let reason = 'no version came into production';
  for await (const { data } of session.events.scan([
    'DatasetRefused',
    'TrainingFailed',
    'EvaluationFailed',
    'TrainingPlanRefused',
  ])) {
    reason = data.reason;
  }
  return reason;
}

async function predict(session: Session, progress: Progress, month: Month): Promise<void> {
  const papers = month.papers.filter((paper) => !progress.predictions.has(requestIdOf(paper)));
  for (let i = 0; i < papers.length; i += PREDICTIONS_PER_CALL) {
    const instances = papers.slice(i, i + PREDICTIONS_PER_CALL).map((paper) => ({
      requestId: requestIdOf(paper),
      id: paper.arxivId,
      title: paper.title,
      abstract: paper.abstract,
      instant: paper.published,
    }));
    await predictByLatest(session, instances);
    // a training plan that these predictions trigger ends before the next request, so that every run gives the same events
    await session.quiet(['projector']);
  }
}

/** Predicts by the version in production; waits while the predictor still loads it. */
async function predictByLatest(session: Session, instances: readonly object[]): Promise<void> {
  const { model } = session.config;
  const { production } = await readModel(session.events, model);
  const body = { model, version: production?.data.version, instances };
  for (const deadline = Date.now() + SERVED_TIMEOUT_MS; ; await sleep(SERVED_INTERVAL_MS)) {
    try {
      await session.post('/v1/predict', body);
      return;
    } catch (error) {
      const notYet = error instanceof EpochlogError && error.code === 'MODEL_NOT_READY';
      if (!notYet || Date.now() > deadline) throw error;
      session.signal.throwIfAborted();
    }
  }
}

async function observe(session: Session, progress: Progress, month: Month): Promise<void> {
  const labels = await knownLabels(session);
  const papers = month.papers.filter(
    (paper) => labels.has(paper.label) && !progress.outcomes.has(requestIdOf(paper)),
  );
  for (let i = 0; i < papers.length; i += OUTCOMES_PER_CALL) {
    const outcomes = papers
      .slice(i, i + OUTCOMES_PER_CALL)
      .map((paper) => ({ requestId: requestIdOf(paper), label: paper.label, source: 'arXiv' }));
    await session.post('/v1/outcomes', { outcomes });
  }
  await session.quiet(['projector']);
}

/** The labels of the version in production: an outcome with another label is refused. */
async function knownLabels({ events, config }: Session): Promise<ReadonlySet<string>> {
  const { production } = await readModel(events, config.model);
  for await (const { data } of events.scan(['DatasetSealed'])) {
    if (data.datasetId === production?.data.datasetId) return new Set(data.labels);
  }
  return new Set();
}

/** Requests an evaluation of the first version on the papers of the month, for comparison. */
async function measureFirstVersion(session: Session, progress: Progress, month: Month): Promise<void> {
  const evaluationId = `${FIRST_VERSION_PREFIX}${month.name}`;
  if (progress.evaluations.has(evaluationId)) return;
  const first = (await readModel(session.events, session.config.model)).changes.find(isInProduction);
  if (!first) throw new EpochlogError('MODEL_NOT_READY', 'no version was ever in production');
  const { model, version, package: digest } = first.data;
  const papers = await session.artifacts.put(
    Buffer.from(month.papers.map(({ json }) => `${json}\n`).join('')),
  );
  const request = {
    evaluationId,
    model,
    version,
    package: digest,
    runId: null,
    datasetId: null,
    data: papers,
    dataName: 'records.jsonl',
    baseline: null,
    includeTraining: false,
  };
  await session.publisher.publish([newEvent('EvaluationRequested', request)]);
}
