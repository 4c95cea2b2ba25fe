import { getBundle, putBundle } from '../../kernel/bundle.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { StartVersion } from '../../ml/engines/engine.ts';
import { completeParameters } from '../../ml/engines.ts';
import { sha256 } from '../../ml/hash.ts';
import { MODEL_FILE } from '../../ml/package/package.ts';
import { type Emit, type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { DatasetSealed, TrainingCompleted, TrainingRequested } from '../../schemas/events.generated.ts';
import { hashOfCode } from '../../tasks/code.ts';
import { boundEmbeddings } from '../../tasks/kept-embeddings.ts';
import { type CachedStep, type StepCache, stepCacheOf, stepKey } from '../../tasks/step-cache.ts';
import { deleteCheckpoints, labelled, stateIn, superseded } from './checkpoints.ts';
import { epochCompleted } from './epoch.ts';
import type { TrainingProcesses, Watcher } from './process.ts';
import type { Progress } from './runs.ts';
import type { TrainerSettings } from './settings.ts';

type Context = ServiceContext<TrainerSettings>;
type Parameters = ReturnType<typeof completeParameters>;

type Result = Omit<
  TrainingCompleted,
  'runId' | 'model' | 'datasetId' | 'seconds' | 'searchId' | 'reproduces'
>;

/** besides that of ml/ and tasks/ */
const CODE = ['services/trainer', 'schemas/runs'];

/** What a run is trained on, from, and after. */
export interface Given {
  readonly dataset: DatasetSealed;
  readonly start: StartVersion | undefined;
  readonly progress: Progress;
}

/** Trains a run to its end, emitting what happens. A stop of the service interrupts it, which is a fact as well. */
export class Training {
  readonly #request: TrainingRequested;
  readonly #given: Given;
  readonly #context: Context;
  readonly #append: Emit;
  /** whether all that was emitted is in the log, and the run has begun there */
  #isLogged = false;
  /** after TrainingStarted */
  readonly #facts: NewEvent[];
  /** the last epoch that is in the log */
  #logged: number;
  #startedAt = 0;
  readonly #steps: StepCache;

  constructor(request: TrainingRequested, given: Given, context: Context, emit: Emit) {
    this.#request = request;
    this.#given = given;
    this.#context = context;
    this.#append = emit;
    this.#steps = stepCacheOf(context.settings);
    this.#facts = [...given.progress.facts];
    this.#logged = given.progress.epoch;
  }

  /** @param cancelled aborts when a request cancels the run */
  async run(processes: TrainingProcesses, cancelled: AbortSignal): Promise<NewEvent[]> {
    const { clock, settings } = this.#context;
    this.#startedAt = clock.now();
    const { runId, model, datasetId, engine, seed, seeds, fold, checkpointEvery, searchId } = this.#request;
    const { dataset, start } = this.#given;
    const { contentHash } = dataset;
    const parameters = completeParameters(engine, this.#request.params);
    const { reuse, reproduces } = this.#request;
    // a trial is pruned by its epochs, which a run that is not trained lacks; a fold has none to wait for
    const isFold = fold !== null && settings.metrics === undefined;
    const isReusable = reuse && (searchId === null || isFold) && reproduces === null;
    const key = isReusable ? this.#keyOf(parameters) : undefined;
    const known = key === undefined ? undefined : await this.#done(key);
    await this.#begin(parameters);
    if (key !== undefined && known) return this.#reused(key, known);
    const trained = await processes.train(
      {
        ...{ engine, model, datasetId, contentHash, parameters, seed, seeds, fold, checkpointEvery },
        dataset: () => this.#context.artifacts.get(dataset.artifact),
        ...{ checkpointMs: settings.checkpointSeconds * 1_000, cache: settings.cache },
        metrics: searchId === null ? undefined : settings.metrics, // an evaluation measures them of others
        ...(start && { start }),
      },
      this.#watcher(cancelled),
    );
    await this.#boundCache();
    const { files, metrics, primaryMetric, epochs, bestEpoch, stoppedEarly, augmented } = trained;
    const result = {
      ...{ metrics, primaryMetric, epochs, bestEpoch, stoppedEarly, augmented },
      package: await putBundle(this.#context.artifacts, files),
      modelHash: sha256(files.get(MODEL_FILE)!),
    };
    const seconds = (clock.now() - this.#startedAt) / 1_000;
    if (key !== undefined) {
      const step = { step: 'training', id: runId, model, seconds, at: clock.now(), result } as const;
      await this.#steps.put(key, step).catch((error: unknown) => {
        this.#context.logger.warn(
          { runId, err: error },
          'the result of a training is not kept for later ones',
        );
      });
    }
    return [
      newEvent('TrainingCompleted', { runId, model, datasetId, ...result, seconds, searchId, reproduces }),
    ];
  }

  /** What it cannot remove stays: a training does not fail for it. */
  async #boundCache(): Promise<void> {
    const { settings, clock, logger } = this.#context;
    try {
      await boundEmbeddings(settings.cache, settings.embeddingsMb * 2 ** 20, clock.now());
    } catch (error) {
      logger.warn({ err: error }, 'embeddings that were not used for long cannot be removed');
    }
  }

  /**
   * Of all that the package follows from. The name of the dataset is no part of it: one that was sealed again with the same
   * bytes is the same input.
   */
  #keyOf(parameters: Parameters): string {
    const { model, engine, seed, seeds, fold } = this.#request;
    const { dataset, start } = this.#given;
    const inputs = { dataset: dataset.artifact, start: start?.package ?? null, fold };
    return stepKey({
      step: 'training',
      code: hashOfCode(CODE),
      model,
      engine,
      seed,
      seeds,
      parameters,
      ...inputs,
    });
  }

  /** An earlier run with the same inputs, whose package is there as it was. */
  async #done(key: string): Promise<CachedStep<Result> | undefined> {
    const { artifacts, clock, logger } = this.#context;
    const known = await this.#steps.get<Result>(key, clock.now());
    if (!known) return undefined;
    try {
      await getBundle(artifacts, known.result.package);
      return known;
    } catch (error) {
      if (!(error instanceof EpochlogError) || error.retriable) throw error;
      logger.info(
        { runId: this.#request.runId, code: error.code },
        'the package of the same training is gone',
      );
      return undefined;
    }
  }

  /** Of a run that was killed after its result was kept, that is its own. */
  #reused(key: string, { id: reusedFrom, seconds: savedSeconds, result }: CachedStep<Result>): NewEvent[] {
    const { runId, model, datasetId, searchId, reproduces } = this.#request;
    const seconds = (this.#context.clock.now() - this.#startedAt) / 1_000;
    return [
      ...(reusedFrom === runId
        ? []
        : [newEvent('TrainingReused', { runId, model, reusedFrom, stepKey: key, savedSeconds })]),
      newEvent('TrainingCompleted', { runId, model, datasetId, ...result, seconds, searchId, reproduces }),
    ];
  }

  /** A run goes on where a trainer runs again: after the newest checkpoint. */
  async interrupted(): Promise<void> {
    if (!this.#isLogged) return;
    const { runId, model } = this.#request;
    const reason = 'the trainer was stopped';
    await this.#emit(newEvent('TrainingInterrupted', { runId, model, ...this.#place(), reason }));
  }

  async #begin(params: Parameters): Promise<void> {
    const { runId, model, datasetId, engine, seed, seeds, checkpointEvery, keepBest } = this.#request;
    const { dataset, start, progress } = this.#given;
    await this.#emit(
      newEvent('TrainingStarted', {
        ...{ runId, model, datasetId, engine, seed, seeds, checkpointEvery, keepBest, params },
        contentHash: dataset.contentHash,
        fromVersion: start?.version ?? null,
        fromPackage: start?.package ?? null,
      }),
    );
    await this.#append(...progress.facts); // which gives what follows the ids that it has without an interruption
    if (progress.hasBegun) await this.#emit(newEvent('TrainingResumed', { runId, model, ...this.#place() }));
  }

  async #emit(...events: NewEvent[]): Promise<void> {
    this.#isLogged = false;
    await this.#append(...events);
    this.#facts.push(...events);
    this.#isLogged = true;
  }

  #place(): { epoch: number; checkpoint: string | null } {
    return { epoch: this.#logged, checkpoint: this.#checkpoints().at(-1) ?? null };
  }

  #watcher(cancelled: AbortSignal): Watcher {
    const { artifacts, logger, signal, settings } = this.#context;
    const { runId } = this.#request;
    let epoch = this.#logged;
    return {
      signal: cancelled,
      stopping: signal,
      onProgress: ({ what, done, total }) => logger.info({ runId, done, total }, what),
      loadCheckpoint: () => this.#loadCheckpoint(),
      saveCheckpoint: async (state) => {
        const checkpoint = await artifacts.put(labelled(runId, state));
        await this.#emit(newEvent('CheckpointSaved', { runId, epoch, checkpoint }));
        await this.#deleteSuperseded();
      },
      onBatchReduced: async (reduced) => this.#emit(newEvent('BatchReduced', { runId, ...reduced })),
      onEpoch: async (report, usage) => {
        epoch = report.epoch;
        if (epoch <= this.#logged) return;
        await this.#emit(epochCompleted(runId, report, usage, settings));
        this.#logged = epoch;
      },
    };
  }

  /** Digests of those that are there, the newest last. */
  #checkpoints(): string[] {
    const deleted = new Set(
      this.#facts.map(({ type, data }) => type === 'CheckpointDeleted' && data.checkpoint),
    );
    return this.#facts.flatMap(({ type, data }) =>
      type === 'CheckpointSaved' && !deleted.has(data.checkpoint) ? [data.checkpoint] : [],
    );
  }

  async #deleteSuperseded(): Promise<void> {
    const { engine, params, keepBest } = this.#request;
    const rule = { params: completeParameters(engine, params), keepBest };
    const checkpoints = superseded(this.#facts, rule, false);
    await deleteCheckpoints(
      this.#request.runId,
      checkpoints,
      (...events) => this.#emit(...events),
      this.#context,
    );
  }

  /** The newest checkpoint that is as it was saved: what a damaged one costs is time, no more. */
  async #loadCheckpoint(): Promise<Uint8Array | undefined> {
    const { artifacts, logger } = this.#context;
    const { runId } = this.#request;
    for (const checkpoint of this.#checkpoints().toReversed()) {
      try {
        const state = stateIn(runId, await artifacts.get(checkpoint));
        if (state) return state;
        logger.warn({ runId, checkpoint }, 'a checkpoint is not of this run; the one before it is taken');
      } catch (error) {
        if (!(error instanceof EpochlogError) || error.retriable) throw error;
        logger.warn(
          { runId, checkpoint, code: error.code },
          'a checkpoint cannot be read; the one before it is taken',
        );
      }
    }
    return undefined;
  }
}
