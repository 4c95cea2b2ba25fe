import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import type { NewEvent, RecordedEvent } from '../../schemas/catalogue.ts';
import type { DatasetSealed, TrainingStarted } from '../../schemas/events.generated.ts';
import { RunStates } from '../../schemas/runs/states.ts';
import { superseded } from './checkpoints.ts';
import { Packages } from './packages.ts';

/** Facts of a run that is being trained. */
const COURSE = [
  'EpochCompleted',
  'BatchReduced',
  'CheckpointSaved',
  'CheckpointDeleted',
  'TrainingInterrupted',
  'TrainingResumed',
] as const;

type Course = (typeof COURSE)[number];

const isOfCourse = (event: RecordedEvent): event is RecordedEvent<Course> =>
  COURSE.some((type) => type === event.type);

const withoutEnvelope = ({ type, data }: RecordedEvent<Course>) => ({ type, data }) as NewEvent<Course>;

/** What is known of a run that has begun. */
interface Run {
  /** the request that it was started for */
  readonly requestId: string | null;
  /** its facts after TrainingStarted, in their order, until it ends */
  readonly facts: NewEvent<Course>[];
  readonly rule: Pick<TrainingStarted, 'params' | 'keepBest'>;
  /** checkpoints that are not to outlive it, once it has ended */
  expired?: ReturnType<typeof superseded>;
}

/** The models and datasets there are, and the runs. */
export class Runs {
  readonly datasets = new Map<string, DatasetSealed>();
  /** task by model */
  readonly models = new Map<string, string>();
  /** by model and version, the digest of the package */
  readonly versions = new Map<string, Map<string, string>>();
  /** by model and digest, the version whose package is there */
  readonly #kept = new Map<string, Map<string, string>>();
  readonly states = new RunStates();
  readonly packages = new Packages();
  readonly #runs = new Map<string, Run>();

  evolve(event: RecordedEvent): void {
    this.states.evolve(event);
    this.packages.evolve(event);
    if (isOfCourse(event)) {
      const run = this.#runs.get(event.data.runId);
      if (run && !run.expired) run.facts.push(withoutEnvelope(event)); // what is deleted at its end is no part of its course
    }
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
        const kept = this.#kept.get(model) ?? new Map();
        this.#kept.set(model, kept.set(digest, version));
        break;
      }
      case 'VersionExpired': {
        const { model, version } = event.data;
        const digest = this.versions.get(model)?.get(version);
        if (digest !== undefined && this.versionWith(model, digest) === version)
          this.#kept.get(model)?.delete(digest);
        break;
      }
      case 'TrainingStarted':
        this.#runs.set(event.data.runId, {
          ...{ requestId: event.causationId, facts: [], rule: event.data },
        });
        break;
      case 'TrainingCompleted':
      case 'TrainingFailed':
      case 'RunCancelled':
        this.#end(event.data.runId);
        break;
    }
  }

  #end(runId: string): void {
    const run = this.#runs.get(runId);
    if (!run) return;
    run.expired = superseded(run.facts.splice(0), run.rule, true);
  }

  /** The checkpoints of a run that has ended which are to be deleted. */
  expiredOf(runId: string): ReturnType<typeof superseded> {
    return this.#runs.get(runId)?.expired ?? [];
  }

  /** Whether there is a run of that id, started for another request. */
  isTaken(runId: string, requestId: string): boolean {
    const run = this.#runs.get(runId);
    return run !== undefined && run.requestId !== requestId;
  }

  /** The newest version of a model that has this package, unless it was deleted since. */
  versionWith(model: string, digest: string): string | undefined {
    return this.#kept.get(model)?.get(digest);
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
    const run = this.#runs.get(runId);
    const facts = [...(run?.facts ?? [])];
    return {
      hasBegun: run !== undefined,
      facts,
      epoch: Math.max(0, ...facts.map(({ type, data }) => (type === 'EpochCompleted' ? data.epoch : 0))),
    };
  }
}

export interface Progress {
  /** whether a trainer started it */
  readonly hasBegun: boolean;
  /** after TrainingStarted */
  readonly facts: readonly NewEvent[];
  /** the last one that is in the log, 0 for none */
  readonly epoch: number;
}
