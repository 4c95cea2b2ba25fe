import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError, isFinal, messageOf } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { withinLimits } from '../../kernel/texts.ts';
import { type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import {
  type DeploymentFact,
  type RunningDeployment,
  withDeployment,
} from '../../schemas/deployments/running.ts';
import type { CandidateReady } from '../../schemas/events.generated.ts';
import { loadModel, type ServedModel } from './served-model.ts';
import type { PredictorSettings } from './settings.ts';

const WARM_UP_RUNS = 20;
const TIMED_RUNS = 60;

/** A version that is deployed beside the one in production. */
export interface Candidate {
  readonly running: RunningDeployment;
  /** undefined until it is loaded here */
  readonly served: ServedModel | undefined;
}

/**
 * The versions that are being deployed, loaded beside those in production. One that has completed goes on answering until it
 * is in production by the log.
 */
export class Candidates {
  readonly #context: ServiceContext<PredictorSettings>;
  readonly #onLoaded: (model: ServedModel) => void;
  readonly #running = new Map<string, RunningDeployment>();
  readonly #served = new Map<string, ServedModel>();
  /** what was said of each when it was loaded */
  readonly #ready = new Map<string, NewEvent<'CandidateReady'>>();
  /** by model, the stage at which its package was looked at last */
  readonly #checked = new Map<string, string>();

  /** `onLoaded` is told of each version before it answers. */
  constructor(context: ServiceContext<PredictorSettings>, onLoaded: (model: ServedModel) => void) {
    this.#context = context;
    this.#onLoaded = onLoaded;
  }

  evolve(event: DeploymentFact): void {
    const { model, environment } = event.data;
    if (environment !== this.#context.settings.environment) return;
    const running = this.#running.get(model);
    if (event.type === 'DeploymentCompleted' && running?.share === 100) return; // see `promoted`
    const after = withDeployment(running, event);
    if (after) this.#running.set(model, after);
    else this.#running.delete(model);
  }

  /** What was decided about production ends the deployment that completed. */
  decided(model: string): void {
    if (this.#running.get(model)?.share === 100) this.#running.delete(model);
  }

  of(model: string): Candidate | undefined {
    const running = this.#running.get(model);
    return running && { running, served: this.#served.get(model) };
  }

  models(): string[] {
    return [...new Set([...this.#running.keys(), ...this.#served.keys()])];
  }

  /** Gives a loaded version over to who serves it from now on. */
  take(model: string, version: string, digest: string): ServedModel | undefined {
    const served = this.#served.get(model);
    if (served?.version !== version || served.package !== digest) return undefined;
    this.#served.delete(model);
    return served;
  }

  /** Loads what is being deployed of a model, and drops what is not any more. */
  async follow(model: string): Promise<void> {
    const running = this.#running.get(model);
    const served = this.#served.get(model);
    if (served && served.package !== running?.package) {
      this.#served.delete(model);
      await served.retire();
    }
    if (!running) return;
    if (this.#served.get(model) === undefined) await this.#load(running);
    else await this.#check(running);
  }

  async stop(): Promise<void> {
    const served = [...this.#served.values()];
    this.#served.clear();
    await Promise.all(served.map((model) => model.retire()));
  }

  async #load(running: RunningDeployment): Promise<void> {
    const { settings, logger } = this.#context;
    const { model, version, package: digest, deploymentId } = running;
    await this.#tell(running, async (origin) => {
      const served = await loadModel(running, this.#context, settings);
      const p95Ms = await timed(served);
      this.#onLoaded(served);
      this.#served.set(model, served);
      this.#checked.set(model, stageOf(running));
      logger.info({ model, version, package: digest, deploymentId }, 'candidate loaded');
      const ready = newEvent('CandidateReady', { ...origin, bytes: served.bytes, p95Ms });
      this.#ready.set(model, ready);
      return ready;
    });
  }

  /**
   * Looks at the package of a loaded candidate at each of its stages: it would answer without it, and not after a restart. With
   * all the traffic it is said that it is whole, before the version is promoted.
   */
  async #check(running: RunningDeployment): Promise<void> {
    const { artifacts } = this.#context;
    const { model, version, package: digest, share } = running;
    const stage = stageOf(running);
    if (running.stage === 0 || this.#checked.get(model) === stage) return;
    await this.#tell(running, async ({ servingId }) => {
      await getBundle(artifacts, digest).catch((error: unknown) => {
        if (!isFinal(error)) throw error;
        const reason = `the package of ${version} is gone or damaged: ${messageOf(error)}`;
        throw new EpochlogError('PACKAGE_INVALID', reason, { cause: error });
      });
      this.#checked.set(model, stage);
      const ready = this.#ready.get(model);
      if (share < 100 || !ready) return undefined;
      return newEvent('CandidateReady', { ...ready.data, servingId, deploymentId: running.deploymentId });
    });
  }

  /** Publishes what becomes of a candidate; that it cannot be served is a fact too. */
  async #tell(
    running: RunningDeployment,
    step: (origin: Origin) => Promise<NewEvent | undefined>,
  ): Promise<void> {
    const { publisher, clock, instance, logger } = this.#context;
    const { model, version, package: digest, deploymentId } = running;
    const origin = { servingId: newId(clock.now()), model, version, package: digest, instance, deploymentId };
    try {
      const event = await step(origin);
      if (event) await publisher.publish([event], running.correlationId);
    } catch (error) {
      if (!(error instanceof EpochlogError) || error.code !== 'PACKAGE_INVALID') throw error;
      logger.error({ code: error.code, err: error }, 'the candidate cannot be served');
      const reason = withinLimits(messageOf(error));
      await publisher.publish(
        [newEvent('CandidateFailed', { ...origin, code: error.code, reason })],
        running.correlationId,
      );
    }
  }
}

type Origin = Pick<
  CandidateReady,
  'servingId' | 'model' | 'version' | 'package' | 'instance' | 'deploymentId'
>;

const stageOf = ({ deploymentId, stage }: RunningDeployment): string => `${deploymentId}/${stage}`;

/** The 95th percentile of single predictions of an example, in milliseconds, once the version is warm. */
async function timed(served: ServedModel): Promise<number> {
  for (let i = 0; i < WARM_UP_RUNS; i++) await served.probe();
  const latencies: number[] = [];
  for (let i = 0; i < TIMED_RUNS; i++) {
    const started = performance.now();
    await served.probe();
    latencies.push(performance.now() - started);
  }
  return latencies.sort((a, b) => a - b)[Math.ceil(0.95 * TIMED_RUNS) - 1]!;
}
