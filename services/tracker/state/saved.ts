import type { Position } from '../../../kernel/ports/log.ts';
import type { Keyed, ShardState } from '../../../kernel/ports/states.ts';
import type { RecordedEvent } from '../../../schemas/catalogue.ts';
import type { Run } from './entities.ts';
import { type TrackedType, Tracking } from './tracking.ts';

/** runs that are saved together: one of them that changed costs as much as all */
const RUNS_TOGETHER = 64;
/** of an event, a part of a second is folded; a save of much takes that long too */
const EVENTS_BETWEEN = 20_000;
/** a start folds fewer as fast as it reads what was saved */
const MIN_EVENTS = 200;

/** Where a record is, and the id of its event. */
export interface FoldedRecord extends Position {
  readonly id: string | null;
}

/** What is saved beside the runs. */
interface Saved {
  readonly reached: readonly Position[];
  /** the last record that was folded */
  readonly last: FoldedRecord | null;
  readonly runs: number;
  readonly lastOf: ReadonlyMap<string, Position>;
  readonly rest: Omit<Tracking, 'runs' | 'refusal' | 'evolve'>;
}

/** A state that was saved, and how far it reaches. */
export interface SavedTracking {
  readonly tracking: Tracking;
  readonly lastOf: Map<string, Position>;
  readonly reached: Position[];
  readonly last: FoldedRecord | null;
}

/**
 * Saves the folded state now and then, so that a start folds what came after: runs in groups, of which only those that changed are
 * written. It is a cache: where it cannot be used, the log is folded from its beginning.
 */
export class SavedStates {
  readonly #state: ShardState;
  readonly #groups: Keyed<readonly Run[]>;
  readonly #changed = new Set<number>();
  /** of each run, by its id */
  readonly #ordinals = new Map<string, number>();
  #events = 0;
  #isSuperseded = false;

  constructor(state: ShardState) {
    this.#state = state;
    this.#groups = state.maps<readonly Run[]>('runs');
  }

  /** What was saved last, if all of it is there. */
  load(): SavedTracking | undefined {
    const saved = this.#state.saved as Saved | undefined;
    if (!saved) return undefined;
    const tracking = Object.assign(new Tracking(), saved.rest);
    for (let group = 0; group * RUNS_TOGETHER < saved.runs; group++)
      for (const run of this.#groups.get(String(group)) ?? []) tracking.runs.set(run.runId, run);
    const isWhole = tracking.runs.size === saved.runs && this.#state.saved !== undefined; // by one process, at one time
    if (!isWhole) return undefined;
    for (const runId of tracking.runs.keys()) this.#ordinals.set(runId, this.#ordinals.size);
    const { reached, last, lastOf } = saved;
    return { tracking, reached: [...reached], last, lastOf: new Map(lastOf) };
  }

  /** Nothing that was saved is of use. */
  clear(): void {
    this.#ordinals.clear();
    this.#state.clear();
  }

  /** An event was folded, whether it took effect or not. */
  folded({ data }: RecordedEvent<TrackedType>, { runs, experiments }: Tracking): void {
    this.#events += 1;
    if ('runId' in data && data.runId !== null && runs.has(data.runId)) this.#change(data.runId);
    const ofExperiment = 'lifecycleStage' in data && 'experimentId' in data && data.lifecycleStage !== null;
    if (ofExperiment)
      for (const id of experiments.get(String(data.experimentId))?.runs ?? []) this.#change(id);
  }

  #change(runId: string): void {
    const ordinal = this.#ordinals.get(runId) ?? this.#ordinals.size;
    this.#ordinals.set(runId, ordinal);
    this.#changed.add(Math.floor(ordinal / RUNS_TOGETHER));
  }

  /** Whether so much was folded that it should be saved. */
  get isDue(): boolean {
    return this.#events >= EVENTS_BETWEEN;
  }

  /** Saves all, where that is worth it and no other process of this home does. */
  save({ tracking, reached, last, lastOf }: SavedTracking): void {
    if (this.#isSuperseded || this.#events < MIN_EVENTS) return;
    const ids = [...tracking.runs.keys()];
    for (const group of this.#changed) {
      const from = group * RUNS_TOGETHER;
      const runs = ids.slice(from, from + RUNS_TOGETHER).flatMap((id) => tracking.runs.get(id) ?? []);
      this.#groups.set(String(group), runs);
    }
    const { runs, ...rest } = tracking;
    const saved: Saved = { reached, last, lastOf, runs: runs.size, rest };
    this.#isSuperseded = !this.#state.save(saved);
    this.#changed.clear();
    this.#events = 0;
  }
}
