import { EpochlogError, isFinal } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import type { NewEvent, ServiceContext } from '../../schemas/catalogue.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import type { ProductionVersion } from '../../schemas/models/production.ts';
import { type Answer, failedFact, type InstanceRequest, type Route, servedFact } from './answer.ts';
import type { Candidate } from './candidates.ts';
import { Deployment } from './deployment.ts';
import { Explanations } from './explanations.ts';
import { Guard, isFailureOfModel } from './guard.ts';
import { recordedInput } from './input.ts';
import { KnownTargets } from './known-targets.ts';
import { Latencies } from './latencies.ts';
import { askedOf, distinct, RecentAnswers } from './recent-answers.ts';
import type { ServedModel } from './served-model.ts';
import { ServingPolicies } from './serving-policies.ts';
import type { PredictorSettings } from './settings.ts';
import { Shadows } from './shadow.ts';
import { unitOf } from './traffic.ts';
import { type Answered, type Asking, answerAll, routingsOf } from './variants.ts';

/** What all instances of a request have in common. */
interface Origin {
  model: string;
  batch: number;
  environment: string;
}

interface Call {
  /** on the clock of `performance.now` */
  started: number;
  correlationId: string;
  /** that has to answer, if the client says so */
  version?: string | undefined;
  route: Route;
}

/** Answers with the versions in production, and with those that are deployed beside them. What it answered is in the log. */
export class Predictor {
  readonly latencies: Latencies;
  readonly targets: KnownTargets;
  readonly deployment: Deployment;
  readonly policies = new ServingPolicies();
  readonly guard: Guard;
  readonly explanations: Explanations;
  readonly #context: ServiceContext<PredictorSettings>;
  readonly #recent: RecentAnswers<Answer>;
  readonly #shadows: Shadows;
  #inFlight = 0;

  constructor(context: ServiceContext<PredictorSettings>) {
    const { remembered, healthWindowMs } = context.settings;
    this.#context = context;
    this.#recent = new RecentAnswers(remembered);
    this.latencies = new Latencies(healthWindowMs);
    this.targets = new KnownTargets(remembered);
    this.#shadows = new Shadows(context);
    this.guard = new Guard(context);
    this.explanations = new Explanations(context);
    this.deployment = new Deployment(context, (loaded) => {
      this.targets.learn(loaded.model, loaded.task);
      this.explanations.know(loaded);
    });
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
      if (asked.instance.requestId === undefined) continue; // its rejection would be unhandled
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

  async stop(): Promise<void> {
    await this.#shadows.stop();
    await this.deployment.stop();
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
      const origin = {
        model: model.model,
        batch: instances.length,
        environment: this.#context.settings.environment,
      };
      const asking = instances.map((instance, i) => askingOf(instance, valid[i]!, origin, now));
      const answered = await this.#run(asking, model, call);
      const keepsInput = this.policies.keepsInput(model.model);
      const answers = answered.map((answer, i) => ({
        ...answer,
        ...recordedInput(valid[i]!, keepsInput),
        isUnsure: this.policies.isUnsure(model.model, answer.prediction.confidence),
      }));
      const facts = answers.map((answer) => servedFact(answer, call.route));
      await this.#publish(facts, asking, call);
      for (const { requestId } of answers) this.targets.answered(requestId, model.model);
      this.#measure(answers, performance.now() - call.started);
      this.guard.answered(this.#guarded(model), answers);
      this.#shadow(answers, asking, model, call);
      return answers;
    } finally {
      this.#inFlight -= instances.length;
    }
  }

  /** Answers; when there cannot be any, that is a fact too, unless it is not for the model that asking again may help. */
  async #run(asking: readonly Asking[], model: ServedModel, call: Call): Promise<Answered[]> {
    const candidate = this.#candidateFor(model, call);
    const experiments = call.version === undefined ? this.deployment.experiments.of(model) : [];
    const routings = routingsOf(asking, candidate, experiments);
    try {
      return await answerAll(asking, routings, model, call.started);
    } catch (error) {
      if (isFinal(error) || isFailureOfModel(error)) {
        const facts = asking.map(({ question }, i) =>
          failedFact(question, model, routings[i]!.traffic, call.route, error),
        );
        await this.#publish(facts, asking, call);
      }
      if (isFailureOfModel(error)) {
        this.guard.failed(this.#guarded(model), model.version, asking.length);
      }
      throw error;
    }
  }

  /** What is deployed beside the version in production; nothing for a client that asks for a version. */
  #candidateFor({ model }: ServedModel, { version }: Call): Candidate | undefined {
    return version === undefined ? this.deployment.candidates.of(model) : undefined;
  }

  #shadow(answers: readonly Answer[], asking: readonly Asking[], model: ServedModel, call: Call): void {
    const candidate = this.#candidateFor(model, call);
    const { running, served } = candidate ?? {};
    if (!running || !served || running.strategy !== 'shadow' || running.stage === 0) return;
    const direct = (_: unknown, i: number) => answers[i]!.traffic.experimentId === null; // the others have their own question
    this.#shadows.copy(answers.filter(direct), asking.filter(direct), served, running);
  }

  /** What follows from data that are replayed keeps their order, so their predictions are in the log before the next are asked for. */
  #publish(facts: readonly NewEvent[], asking: readonly Asking[], { correlationId }: Call): Promise<unknown> {
    const { publisher, recorder } = this.#context;
    const isReplayed = asking.some(({ question }) => question.isReplayed);
    return (isReplayed ? publisher : recorder).publish(facts, correlationId);
  }

  /** What the guard of production watches; undefined in another environment. */
  #guarded({ model }: ServedModel): ProductionVersion | undefined {
    const { environment } = this.deployment;
    return environment === PRODUCTION ? this.deployment.of(model)?.production : undefined;
  }

  #measure(answers: readonly Answer[], latencyMs: number): void {
    const { telemetry } = this.#context;
    for (const { model, version, prediction } of answers) {
      const { label, labels } = prediction;
      // sets of labels are too many for a series each
      telemetry.count('predictions', {
        model,
        version,
        label: labels ? `${labels.length} labels` : (label ?? ''),
      });
    }
    const versions = new Map(answers.map(({ model, version }) => [version, model] as const));
    for (const [version, model] of versions) {
      telemetry.observe('predictionSeconds', { model, version }, latencyMs / 1_000);
    }
    this.latencies.add(latencyMs, performance.now());
  }
}

function askingOf(
  { requestId, id, instant, fields, routingKey, attributes = {} }: InstanceRequest,
  instance: Instance,
  { model, batch, environment }: Origin,
  now: number,
): Asking {
  const name = requestId ?? newId(now);
  const question = {
    requestId: name,
    instanceId: id ?? null,
    instant: instant ?? now,
    isReplayed: instant !== undefined,
    batch,
    environment,
  };
  const unit = routingKey === undefined ? null : unitOf(model, routingKey);
  return { question, fields, instance, unit, routingKey: routingKey ?? name, attributes };
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
