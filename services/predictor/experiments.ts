import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { withinLimits } from '../../kernel/texts.ts';
import { newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { ExperimentStartedArm } from '../../schemas/events.generated.ts';
import {
  type ExperimentFact,
  type RunningExperiment,
  withExperiment,
} from '../../schemas/experiments/running.ts';
import { type EnrolledArm, type Enrolment, enrolmentOf } from './enrolment.ts';
import { loadModel, type ServedModel } from './served-model.ts';
import type { PredictorSettings } from './settings.ts';

/** An arm that this instance can answer by: `served` is undefined of the version in production. */
export interface LoadedArm extends EnrolledArm {
  readonly served: ServedModel | undefined;
}

const NONE: readonly Enrolment<LoadedArm>[] = [];

/** The experiments that are running, and the versions of their arms, loaded beside those in production. */
export class Experiments {
  readonly #context: ServiceContext<PredictorSettings>;
  readonly #onLoaded: (model: ServedModel) => void;
  /** by model */
  readonly #running = new Map<string, readonly RunningExperiment[]>();
  /** by model and package */
  readonly #served = new Map<string, ServedModel>();
  /** experiments of which an arm cannot be served here */
  readonly #failed = new Set<string>();
  /** what `of` answers, until something changes */
  readonly #loaded = new Map<string, { production: ServedModel; experiments: typeof NONE }>();

  /** `onLoaded` is told of each version before it answers. */
  constructor(context: ServiceContext<PredictorSettings>, onLoaded: (model: ServedModel) => void) {
    this.#context = context;
    this.#onLoaded = onLoaded;
  }

  evolve(event: ExperimentFact): void {
    const { model } = event.data;
    const running = withExperiment(this.#running.get(model) ?? [], event);
    if (running.length > 0) this.#running.set(model, running);
    else this.#running.delete(model);
    this.#loaded.delete(model);
  }

  models(): string[] {
    return [...this.#running.keys()];
  }

  /**
   * The experiments that take requests now, in the order in which they started: those whose control is what answers for
   * production, and whose other arms are loaded here. Half an experiment would have arms of other sizes than it should.
   */
  of(production: ServedModel): typeof NONE {
    const running = this.#running.get(production.model);
    if (!running) return NONE;
    const before = this.#loaded.get(production.model);
    if (before?.production === production) return before.experiments;
    const experiments = running.flatMap((experiment) => {
      if (experiment.arms[0]!.version !== production.version) return [];
      const arms = experiment.arms.map((arm) => this.#loadedArm(experiment, arm, production));
      return arms.every((arm) => arm !== undefined) ? [enrolmentOf(experiment, arms)] : [];
    });
    this.#loaded.set(production.model, { production, experiments });
    return experiments;
  }

  /** Loads the versions of all arms of a model, and drops those of experiments that have ended. */
  async follow(model: string): Promise<void> {
    const running = this.#running.get(model) ?? [];
    const wanted = new Set(
      running.flatMap((experiment) => besidesControl(experiment).map((arm) => keyOf(experiment, arm))),
    );
    this.#loaded.delete(model);
    for (const [key, served] of this.#served) {
      if (served.model !== model || wanted.has(key)) continue;
      this.#served.delete(key);
      await served.retire();
    }
    for (const experiment of running)
      for (const arm of besidesControl(experiment)) await this.#load(experiment, arm);
    this.#loaded.delete(model);
  }

  async stop(): Promise<void> {
    const served = [...this.#served.values()];
    this.#running.clear();
    this.#loaded.clear();
    this.#served.clear();
    await Promise.all(served.map((model) => model.retire()));
  }

  #loadedArm(
    experiment: RunningExperiment,
    { name, share, version }: ExperimentStartedArm,
    production: ServedModel,
  ): LoadedArm | undefined {
    if (version === production.version) return { name, share, served: undefined };
    const served = this.#served.get(keyOf(experiment, { version }));
    return served && { name, share, served };
  }

  async #load(experiment: RunningExperiment, arm: ExperimentStartedArm): Promise<void> {
    const key = keyOf(experiment, arm);
    if (this.#served.has(key) || this.#failed.has(experiment.experimentId)) return;
    const { publisher, clock, instance, settings, logger } = this.#context;
    const { model, experimentId, correlationId } = experiment;
    const version = { model, version: arm.version, package: packageOf(experiment, arm) };
    try {
      const served = await loadModel(version, this.#context, settings);
      this.#onLoaded(served);
      this.#served.set(key, served);
      logger.info({ ...version, experimentId, arm: arm.name }, 'arm loaded');
    } catch (error) {
      if (!(error instanceof EpochlogError) || error.code !== 'PACKAGE_INVALID') throw error;
      logger.error({ code: error.code, err: error }, 'the arm cannot be served');
      this.#failed.add(experimentId);
      const failed = newEvent('ArmFailed', {
        servingId: newId(clock.now()),
        ...version,
        instance,
        experimentId,
        arm: arm.name,
        code: error.code,
        reason: withinLimits(messageOf(error)),
      });
      await publisher.publish([failed], correlationId);
    }
  }
}

/** The arms that need a version beside that in production. */
const besidesControl = ({ arms }: RunningExperiment): ExperimentStartedArm[] =>
  arms.filter(({ version }) => version !== arms[0]!.version);

const packageOf = ({ packages }: RunningExperiment, { version }: { version: string }): string =>
  packages.find((one) => one.version === version)!.package;

const keyOf = (experiment: RunningExperiment, arm: { version: string }): string =>
  `${experiment.model}/${arm.version}/${packageOf(experiment, arm)}`;
