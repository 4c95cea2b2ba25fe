import { EpochlogError } from '../../kernel/errors.ts';
import type { NewEvent } from '../../kernel/event.ts';
import { newId } from '../../kernel/ids.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import type { Document } from '../../ml/text/document.ts';
import { type Answer, failedFact, type Instance, type Question, servedFact } from './answer.ts';
import { Latencies } from './latencies.ts';
import type { Production, ProductionHistory } from './production.ts';
import { askedOf, distinct, RecentAnswers } from './recent-answers.ts';
import { loadModel, type Prediction, type ServedModel } from './served-model.ts';
import type { PredictorSettings } from './settings.ts';

interface Call {
  /** on the clock of `performance.now` */
  started: number;
  correlationId: string;
  /** that has to answer, if the client says so */
  version?: string | undefined;
}

/** Answers with the versions in production, and replaces them without a gap. What it answered is in the log. */
export class Predictor {
  readonly latencies = new Latencies();
  readonly #context: ServiceContext<PredictorSettings>;
  readonly #models = new Map<string, ServedModel>();
  readonly #recent: RecentAnswers<Answer>;
  #inFlight = 0;

  constructor(context: ServiceContext<PredictorSettings>) {
    this.#context = context;
    this.#recent = new RecentAnswers(context.settings.remembered);
  }

  get models(): readonly ServedModel[] {
    return [...this.#models.values()];
  }

  /** Loads and warms a version, then lets it answer instead of the one before, which ends what it has begun. */
  async serve(production: Production): Promise<void> {
    const { model, version, package: digest } = production;
    const next = await loadModel(production, this.#context, this.#context.settings.maxBatch);
    const before = this.#models.get(model);
    this.#models.set(model, next);
    this.#context.logger.info({ model, version, package: digest, before: before?.version }, 'model served');
    await before?.retire();
  }

  /** Of each model, the version in production; where its package is not usable, the last one whose package is. */
  async serveLatest(history: ProductionHistory): Promise<void> {
    for (const model of history.models()) {
      for (const production of history.latestFirst(model)) {
        try {
          await this.serve(production);
          break;
        } catch (error) {
          if (!(error instanceof EpochlogError) || error.code !== 'PACKAGE_INVALID') throw error;
          this.#context.logger.error({ code: error.code, err: error }, 'trying the version before');
        }
      }
    }
  }

  /**
   * The model of that name; without a name, the only one there is. MODEL_NOT_READY when it is not served, or in another
   * version than the one that is wanted.
   */
  modelNamed(name?: string, version?: string): ServedModel {
    const names = [...this.#models.keys()].sort();
    if (name === undefined && names.length > 1) {
      throw new EpochlogError('INPUT_INVALID', `name the model: one of ${names.join(', ')}`);
    }
    const model = this.#models.get(name ?? names[0] ?? '');
    if (!model) {
      throw new EpochlogError(
        'MODEL_NOT_READY',
        `${name ?? 'no model'} is ${name ? 'not ' : ''}in production: train a version, and promote it if that ` +
          `does not happen by itself${names.length > 0 ? `; in production now: ${names.join(', ')}` : ''}`,
      );
    }
    if (version === undefined || version === model.version) return model;
    throw new EpochlogError(
      'MODEL_NOT_READY',
      `${version} of ${model.model} is wanted, and ${model.version} is served: ask again if ${version} is on its way`,
    );
  }

  /**
   * One answer for each instance, once all are in the log. OVERLOADED when too many are being answered already,
   * MODEL_NOT_READY without a version in production, CONFLICT when a request id stands for something else already.
   */
  async predict(instances: readonly Instance[], model: ServedModel, call: Call): Promise<Answer[]> {
    const all = instances.map((instance) => askedOf(instance, model.model, call.version));
    const unknown = distinct(all).filter((asked) => !this.#recent.get(asked));
    const known = all.map((asked) => this.#recent.get(asked));
    const answers = this.#answer(
      unknown.map(({ instance }) => instance),
      model,
      call,
    );
    for (const [i, asked] of unknown.entries()) {
      this.#recent.keep(
        asked,
        answers.then((made) => made[i]!),
      );
    }
    const fresh = await answers;
    const places = new Map(unknown.map(({ instance }, i) => [instance.requestId ?? instance, i]));
    return Promise.all(
      all.map(({ instance }, i) => known[i] ?? fresh[places.get(instance.requestId ?? instance)!]!),
    );
  }

  /** Milliseconds that a real run takes now. */
  async probe(model: ServedModel): Promise<number> {
    const started = performance.now();
    await model.predict([{ title: 'health', abstract: 'is the model well?' }]);
    return performance.now() - started;
  }

  async stop(): Promise<void> {
    const models = this.models;
    this.#models.clear();
    await Promise.all(models.map((model) => model.retire()));
  }

  async #answer(instances: readonly Instance[], model: ServedModel, call: Call): Promise<Answer[]> {
    if (instances.length === 0) return [];
    if (this.#inFlight + instances.length > this.#context.settings.maxInFlight) {
      throw new EpochlogError('OVERLOADED', `${this.#inFlight} predictions are being made; ask again soon`);
    }
    this.#inFlight += instances.length;
    try {
      const now = this.#context.clock();
      const questions = instances.map(({ requestId = newId(now), id = null, instant = now }) => {
        return { requestId, instanceId: id, instant };
      });
      const predictions = await this.#run(instances, questions, model, call);
      const { version, labels } = model;
      const answers = questions.map((question, i) => {
        return { ...question, model: model.model, version, labels, prediction: predictions[i]! };
      });
      const latencyMs = performance.now() - call.started;
      const facts = answers.map((answer) => servedFact(answer, latencyMs));
      await this.#publish(facts, call);
      this.#measure(answers, model, performance.now() - call.started);
      return answers;
    } finally {
      this.#inFlight -= instances.length;
    }
  }

  /** Predictions; when there cannot be any, that is a fact too, unless asking again may help. */
  async #run(
    documents: readonly Document[],
    questions: readonly Question[],
    model: ServedModel,
    call: Call,
  ): Promise<Prediction[]> {
    try {
      return await model.predict(documents);
    } catch (error) {
      if (error instanceof EpochlogError && !error.retriable) {
        const facts = questions.map((question) => failedFact(question, model.model, error));
        await this.#publish(facts, call);
      }
      throw error;
    }
  }

  #publish(facts: readonly NewEvent[], { correlationId }: Call): Promise<unknown> {
    return this.#context.publisher.publish(facts, correlationId);
  }

  #measure(answers: readonly Answer[], { model, version }: ServedModel, latencyMs: number): void {
    const { telemetry } = this.#context;
    for (const { prediction } of answers) {
      telemetry.count('predictions', { model, version, label: prediction.label });
    }
    telemetry.observe('predictionSeconds', { model, version }, latencyMs / 1_000);
    this.latencies.add(latencyMs);
  }
}
