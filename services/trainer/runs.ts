import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { type NewEvent, newEvent, type RecordedEvent } from '../../schemas/catalogue.ts';
import type { DatasetSealed } from '../../schemas/events.generated.ts';
import { RunStates } from '../../schemas/runs/states.ts';

/** What is known of a run that has begun. */
interface Run {
  /** the request that it was started for */
  readonly requestId: string | null;
  /** its facts after TrainingStarted, in their order, until it ends */
  readonly facts: NewEvent<'EpochCompleted' | 'CheckpointSaved'>[];
}

/** The models and datasets there are, and the runs. */
export class Runs {
  readonly datasets = new Map<string, DatasetSealed>();
  /** task by model */
  readonly models = new Map<string, string>();
  /** by model and version, the digest of the package */
  readonly versions = new Map<string, Map<string, string>>();
  readonly states = new RunStates();
  readonly #runs = new Map<string, Run>();

  evolve(event: RecordedEvent): void {
    this.states.evolve(event);
    switch (event.type) {
      case 'DatasetSealed':
        this.datasets.set(event.data.datasetId, event.data);
        break;
      case 'ModelDeclared':
        this.models.set(event.data.model, event.data.task);
        break;
      case 'VersionRegistered': {
        const { model, version, package: digest } = event.data;
        const known = this.versions.get(model) ?? new Map();
        this.versions.set(model, known.set(version, digest));
        break;
      }
      case 'TrainingStarted':
        this.#runs.set(event.data.runId, { requestId: event.causationId, facts: [] });
        break;
      case 'EpochCompleted':
        this.#runs.get(event.data.runId)?.facts.push(newEvent(event.type, event.data));
        break;
      case 'CheckpointSaved':
        this.#runs.get(event.data.runId)?.facts.push(newEvent(event.type, event.data));
        break;
      case 'TrainingCompleted':
      case 'TrainingFailed':
      case 'RunCancelled':
        this.#runs.get(event.data.runId)?.facts.splice(0);
        break;
    }
  }

  /** Whether there is a run of that id, started for another request. */
  isTaken(runId: string, requestId: string): boolean {
    const run = this.#runs.get(runId);
    return run !== undefined && run.requestId !== requestId;
  }

  /** The package of a version. NOT_FOUND, with the nearest one. */
  packageOf(model: string, version: string): string {
    const known = this.versions.get(model) ?? new Map<string, string>();
    const digest = known.get(version);
    if (digest !== undefined) return digest;
    throw new EpochlogError(
      'NOT_FOUND',
      `${model} has no version ${version}; ${suggestion(version, known.keys())}`,
    );
  }

  /** What was emitted of a run that was interrupted. */
  progressOf(runId: string): Progress {
    const facts = [...(this.#runs.get(runId)?.facts ?? [])];
    return {
      facts,
      epoch: Math.max(0, ...facts.map(({ data }) => data.epoch)),
      checkpoint: facts.flatMap(({ data }) => ('checkpoint' in data ? [data.checkpoint] : [])).at(-1),
    };
  }
}

export interface Progress {
  /** after TrainingStarted */
  readonly facts: readonly NewEvent[];
  /** the last one that is in the log, 0 for none */
  readonly epoch: number;
  /** digest of the last one */
  readonly checkpoint: string | undefined;
}
