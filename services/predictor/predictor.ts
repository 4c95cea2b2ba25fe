import { EpochlogError, isFinal } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import type { NewEvent, ServiceContext } from '../../schemas/catalogue.ts';
import { type Answer, failedFact, type InstanceRequest, type Question, servedFact } from './answer.ts';
import { Deployment } from './deployment.ts';
import { KnownTargets } from './known-targets.ts';
import { Latencies } from './latencies.ts';
import { askedOf, distinct, RecentAnswers } from './recent-answers.ts';
import type { Prediction, ServedModel } from './served-model.ts';
import type { PredictorSettings } from './settings.ts';
import { Thresholds } from './thresholds.ts';

interface Call {
  /** on the clock of `performance.now` */
  started: number;
  correlationId: string;
  /** that has to answer, if the client says so */
  version?: string | undefined;
}

/** Answers with the versions in production. What it answered is in the log. */
export class Predictor {
  readonly latencies: Latencies;
  readonly targets: KnownTargets;
  readonly deployment: Deployment;
  readonly thresholds = new Thresholds();
  readonly #context: ServiceContext<PredictorSettings>;
  readonly #recent: RecentAnswers<Answer>;
  #inFlight = 0;

  constructor(context: ServiceContext<PredictorSettings>) {
    const { remembered, healthWindowMs } = context.settings;
    this.#context = context;
    this.#recent = new RecentAnswers(remembered);
    this.latencies = new Latencies(healthWindowMs);
    this.targets = new KnownTargets(remembered);
    this.deployment = new Deployment(context, ({ model, task }) => this.targets.learn(model, task));
  }

  /**
   * One answer for each instance, once all are in the log. OVERLOADED when too many are being answered already,
   * MODEL_NOT_READY without a version in production, CONFLICT when a request id stands for something else already,
   * INPUT_INVALID when an instance is not as the model takes them.
   */
  async predict(instances: readonly InstanceRequest[], model: ServedModel, call: Call): Promise<Answer[]> {
    const all = instances.map((instance) => askedOf(instance, model.model, call.version));
    const unknown = distinct(all).filter((asked) => !this.#recent.get(asked));
    const known = all.map((asked) => this.#recent.get(asked));
    const answers = this.#answer(
      unknown.map(({ instance }) => instance),
      model,
      call,
    );
    for (const [i, asked] of unknown.entries()) {
      if (asked.instance.requestId === undefined) continue; // nobody would handle that it fails
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
    await model.probe();
    return performance.now() - started;
  }

  async #answer(instances: readonly InstanceRequest[], model: ServedModel, call: Call): Promise<Answer[]> {
    if (instances.length === 0) return [];
    const valid = instances.map(({ fields }, i) =>
      validate(model, fields, instances.length > 1 ? i : undefined),
    );
    if (this.#inFlight + instances.length > this.#context.settings.maxInFlight) {
      throw new EpochlogError('OVERLOADED', `${this.#inFlight} predictions are being made; ask again soon`);
    }
    this.#inFlight += instances.length;
    try {
      const now = this.#context.clock.now();
      const questions = instances.map(({ requestId = newId(now), id = null, instant }) => {
        const isReplayed = instant !== undefined;
        return { requestId, instanceId: id, instant: instant ?? now, isReplayed };
      });
      const predictions = await this.#run(valid, questions, model, call);
      const { version } = model;
      const answers = questions.map((question, i) => {
        const prediction = predictions[i]!;
        const isUnsure = this.thresholds.isUnsure(model.model, prediction.confidence);
        return { ...question, model: model.model, version, prediction, isUnsure };
      });
      const latencyMs = performance.now() - call.started;
      const facts = answers.map((answer) => servedFact(answer, latencyMs));
      await this.#publish(facts, call);
      for (const { requestId } of answers) this.targets.answered(requestId, model.model);
      this.#measure(answers, model, performance.now() - call.started);
      return answers;
    } finally {
      this.#inFlight -= instances.length;
    }
  }

  /** Predictions; when there cannot be any, that is a fact too, unless asking again may help. */
  async #run(
    instances: readonly Instance[],
    questions: readonly Question[],
    model: ServedModel,
    call: Call,
  ): Promise<Prediction[]> {
    try {
      return await model.predict(instances);
    } catch (error) {
      if (isFinal(error)) {
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
      telemetry.count('predictions', { model, version, label: prediction.label ?? '' });
    }
    telemetry.observe('predictionSeconds', { model, version }, latencyMs / 1_000);
    this.latencies.add(latencyMs, performance.now());
  }
}

/** INPUT_INVALID names the field, and of several instances which one it is. */
function validate(model: ServedModel, fields: unknown, index: number | undefined): Instance {
  try {
    return model.validate(fields);
  } catch (error) {
    if (index === undefined || !(error instanceof EpochlogError)) throw error;
    throw new EpochlogError(error.code, `instances[${index}]: ${error.message}`, { cause: error });
  }
}
