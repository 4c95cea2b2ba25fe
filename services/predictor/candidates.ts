import { EpochlogError, messageOf } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { withinLimits } from '../../kernel/texts.ts';
import { newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import {
  type DeploymentFact,
  type RunningDeployment,
  withDeployment,
} from '../../schemas/deployments/running.ts';
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

  /** `onLoaded` is told of each version before it answers. */
  constructor(context: ServiceContext<PredictorSettings>, onLoaded: (model: ServedModel) => void) {
    this.#context = context;
    this.#onLoaded = onLoaded;
  }

  evolve(event: DeploymentFact): void {
    const { model } = event.data;
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
    if (running && this.#served.get(model) === undefined) await this.#load(running);
  }

  async stop(): Promise<void> {
    const served = [...this.#served.values()];
    this.#served.clear();
    await Promise.all(served.map((model) => model.retire()));
  }

  async #load(running: RunningDeployment): Promise<void> {
    const { publisher, clock, instance, settings, logger } = this.#context;
    const { model, version, package: digest, deploymentId } = running;
    const origin = { servingId: newId(clock.now()), model, version, package: digest, instance, deploymentId };
    try {
      const served = await loadModel(running, this.#context, settings.maxBatch);
      const p95Ms = await timed(served);
      this.#onLoaded(served);
      this.#served.set(model, served);
      logger.info({ model, version, package: digest, deploymentId }, 'candidate loaded');
      const ready = newEvent('CandidateReady', { ...origin, bytes: served.bytes, p95Ms });
      await publisher.publish([ready], running.correlationId);
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
