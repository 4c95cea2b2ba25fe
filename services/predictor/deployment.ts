import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import { withinLimits } from '../../kernel/texts.ts';
import type { RecordedEvent, ServiceContext } from '../../schemas/catalogue.ts';
import { PRODUCTION } from '../../schemas/deployments/running.ts';
import type { VersionRegistered } from '../../schemas/events.generated.ts';
import {
  type Decision,
  type Decisions,
  decisionOf,
  latestFirst,
  type ProductionFact,
  type ProductionVersion,
  withDecision,
} from '../../schemas/models/production.ts';
import { Candidates } from './candidates.ts';
import { Experiments } from './experiments.ts';
import { type Failure, Reports } from './reports.ts';
import { loadModel, type ServedModel } from './served-model.ts';
import type { PredictorSettings } from './settings.ts';

/** A model that is not retired: the version in production, and the one that answers. */
export interface Deployed {
  production: ProductionVersion;
  /** undefined when no version of it can be served */
  served: ServedModel | undefined;
  /** why that is not the version in production */
  failure: EpochlogError | undefined;
}

/**
 * Loads what is in production, and replaces it without a gap. Where that cannot be served the version before goes on
 * answering, the log says so, and it is tried again and again.
 */
export class Deployment {
  /** what is being deployed beside what is in production */
  readonly candidates: Candidates;
  readonly experiments: Experiments;
  readonly #context: ServiceContext<PredictorSettings>;
  readonly #onLoaded: (model: ServedModel) => void;
  /** by model */
  readonly #decisions = new Map<string, Decisions>();
  readonly #reports: Reports;
  /** models that have versions, with these by number */
  readonly #registered = new Map<string, Map<string, VersionRegistered>>();
  readonly #served = new Map<string, ServedModel>();
  readonly #failures = new Map<string, EpochlogError>();
  #last: Promise<unknown> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** `onLoaded` is told of each version before it answers. */
  constructor(context: ServiceContext<PredictorSettings>, onLoaded: (model: ServedModel) => void) {
    this.#context = context;
    this.#onLoaded = onLoaded;
    this.#reports = new Reports(context);
    this.candidates = new Candidates(context, onLoaded);
    this.experiments = new Experiments(context, onLoaded);
  }

  evolve(event: RecordedEvent): void {
    switch (event.type) {
      case 'VersionRegistered':
        this.#register(event.data);
        break;
      case 'VersionPromoted':
      case 'VersionRolledBack':
        if (this.environment === PRODUCTION) this.#decide(event.data.model, event);
        break;
      case 'ModelRetired':
        if (this.environment === PRODUCTION) this.#decide(event.data.model, event);
        else this.#release(event.data.model, { ...decisionOf(event), number: event.time });
        break;
      case 'DeploymentStarted':
      case 'TrafficShifted':
      case 'DeploymentRolledBack':
        this.candidates.evolve(event);
        break;
      case 'DeploymentCompleted':
        this.candidates.evolve(event);
        this.#complete(event);
        break;
      case 'ExperimentStarted':
      case 'ExperimentConcluded':
      case 'ExperimentStopped':
        if (this.environment === PRODUCTION) this.experiments.evolve(event);
        break;
      case 'VersionServing':
      case 'ServingFailed':
      case 'ServingEnded':
        this.#reports.evolve(event);
        break;
    }
  }

  get environment(): string {
    return this.#context.settings.environment;
  }

  #register(version: VersionRegistered): void {
    const versions = this.#registered.get(version.model) ?? new Map<string, VersionRegistered>();
    this.#registered.set(version.model, versions.set(version.version, version));
  }

  #decide(model: string, fact: ProductionFact): void {
    this.#decisions.set(model, withDecision(this.#decisionsOn(model), fact));
    this.candidates.decided(model);
  }

  /** In an environment other than production, a deployment that completes is the decision. */
  #complete({ id, correlationId, time, data }: RecordedEvent<'DeploymentCompleted'>): void {
    const { model, version, environment, strategy, requestedBy: decidedBy, reason } = data;
    if (environment === PRODUCTION || environment !== this.environment || strategy === 'shadow') return;
    const production = this.#registered.get(model)?.get(version);
    if (!production) return;
    const origin = { id, correlationId, type: 'VersionPromoted', model, number: time, since: time } as const;
    this.#release(model, { ...origin, decidedBy, reason, production });
  }

  #release(model: string, decision: Decision): void {
    const earlier = this.#decisionsOn(model).filter(({ id }) => id !== decision.id);
    this.#decisions.set(model, [...earlier, decision]);
    this.candidates.decided(model);
  }

  /** Serves what is in production of every model, and what is being deployed. */
  async followAll(): Promise<void> {
    const beside = [...this.candidates.models(), ...this.experiments.models()];
    for (const model of new Set([...this.#decisions.keys(), ...beside])) await this.follow(model);
  }

  /** Serves what was decided last about a model, and what is being deployed of it. */
  follow(model: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isStopped) return;
      const decision = this.#decisionsOn(model).at(-1);
      if (decision) await (decision.production ? this.#serveLatest(decision) : this.#end(decision));
      await this.candidates.follow(model);
      await this.experiments.follow(model);
    });
  }

  /** What is in production, by name of model. */
  deployed(): ReadonlyMap<string, Deployed> {
    return new Map(this.names().map((name) => [name, this.of(name)!]));
  }

  /** The models in production. */
  names(): string[] {
    return [...this.#decisions.keys()].filter((name) => !this.isRetired(name)).sort();
  }

  of(model: string): Deployed | undefined {
    const production = this.#decisionsOn(model).at(-1)?.production;
    if (!production) return undefined;
    return { production, served: this.#served.get(model), failure: this.#failures.get(model) };
  }

  isRetired(model: string): boolean {
    return this.#decisionsOn(model).at(-1)?.production === null;
  }

  /** Whether it has versions, if none in production. */
  isRegistered(model: string): boolean {
    return this.#registered.has(model);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    await this.#inTurn(async () => {
      const models = [...this.#served.values()];
      this.#served.clear();
      const beside = [this.candidates.stop(), this.experiments.stop()];
      await Promise.all([...models.map((model) => model.retire()), ...beside]);
    });
  }

  #decisionsOn(model: string): Decisions {
    return this.#decisions.get(model) ?? [];
  }

  /** The version in production; where its package is not usable, the last one whose package is. */
  async #serveLatest(decision: Decision): Promise<void> {
    const { model } = decision;
    let failure: EpochlogError | undefined;
    for (const production of latestFirst(this.#decisionsOn(model))) {
      try {
        await this.#serve(production);
        break;
      } catch (error) {
        if (!(error instanceof EpochlogError) || error.code !== 'PACKAGE_INVALID') throw error;
        failure ??= error;
        this.#context.logger.error({ code: error.code, err: error }, 'the version before goes on answering');
      }
    }
    if (failure) this.#failures.set(model, failure);
    else this.#failures.delete(model);
    const served = this.#served.get(model)?.version ?? null;
    await this.#tell(
      decision,
      failure && { served, code: failure.code, reason: withinLimits(failure.message) },
    );
    if (failure) this.#tryLater();
  }

  /** Loads and warms a version, then lets it answer instead of the one before, which ends what it has begun. */
  async #serve(production: ProductionVersion): Promise<void> {
    const { model, version, package: digest } = production;
    const before = this.#served.get(model);
    if (before?.version === version && before.package === digest) return;
    const deployed = this.candidates.take(model, version, digest);
    const next = deployed ?? (await loadModel(production, this.#context, this.#context.settings));
    this.#onLoaded(next);
    this.#served.set(model, next);
    this.#context.logger.info({ model, version, package: digest, before: before?.version }, 'model served');
    await before?.retire();
  }

  /** A retired model answers what it was asked before. */
  async #end(decision: Decision): Promise<void> {
    const served = this.#served.get(decision.model);
    this.#served.delete(decision.model);
    this.#failures.delete(decision.model);
    await served?.retire();
    await this.#tell(decision);
  }

  /** What answers is told of production alone. */
  async #tell(decision: Decision, failure?: Failure): Promise<void> {
    if (this.environment === PRODUCTION) await this.#reports.tell(decision, failure);
  }

  /** A package that is not usable may be repaired: then no restart is needed. */
  #tryLater(): void {
    if (this.#isStopped || this.#retry) return;
    this.#retry = setTimeout(async () => {
      this.#retry = undefined;
      for (const model of [...this.#failures.keys()]) await this.follow(model).catch(this.#onRetryFailed);
    }, this.#context.settings.retryMs).unref();
  }

  readonly #onRetryFailed = (error: unknown): void => {
    this.#context.logger.warn({ err: error }, `${messageOf(error)}; trying again`);
    this.#tryLater();
  };

  /** One change at a time. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const next = this.#last.then(step);
    this.#last = next.catch(() => {});
    return next;
  }
}
