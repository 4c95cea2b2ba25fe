import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import type { EventReader, RecordedEvent } from '../catalogue.ts';

/** What has become of a run. */
interface RunState {
  readonly is: 'requested' | 'running' | 'interrupted' | 'completed' | 'failed' | 'cancelled';
  /** event id of the request that it was cancelled for */
  readonly cancelledFor?: string;
}

/** The events that change it. */
export const RUN_STEPS = [
  'TrainingRequested',
  'TrainingStarted',
  'TrainingInterrupted',
  'TrainingResumed',
  'TrainingCompleted',
  'TrainingFailed',
  'RunCancelled',
] as const;

/** What has become of each run. */
export class RunStates {
  readonly #states = new Map<string, RunState>();

  evolve({ type, data }: RecordedEvent): void {
    switch (type) {
      case 'TrainingRequested':
        if (!this.#states.has(data.runId)) this.#states.set(data.runId, { is: 'requested' });
        break;
      case 'TrainingStarted':
      case 'TrainingResumed':
        this.#states.set(data.runId, { is: 'running' });
        break;
      case 'TrainingInterrupted':
        this.#states.set(data.runId, { is: 'interrupted' });
        break;
      case 'TrainingCompleted':
        this.#states.set(data.runId, { is: 'completed' });
        break;
      case 'TrainingFailed':
        this.#states.set(data.runId, { is: 'failed' });
        break;
      case 'RunCancelled':
        this.#states.set(data.runId, { is: 'cancelled', cancelledFor: data.requestId });
        break;
    }
  }

  wasCancelledFor(runId: string, requestId: string): boolean {
    return this.#states.get(runId)?.cancelledFor === requestId;
  }

  /** Why a run cannot be cancelled: NOT_FOUND, or CONFLICT when it has ended; undefined for one that can. */
  obstacleToCancel(runId: string): EpochlogError | undefined {
    const is = this.#states.get(runId)?.is;
    if (is === 'requested' || is === 'running' || is === 'interrupted') return undefined;
    if (is) return new EpochlogError('CONFLICT', `run ${runId} has ended already: it is ${is}`);
    const hint = suggestion(runId, [...this.#states.keys()].sort());
    return new EpochlogError('NOT_FOUND', `there is no run ${runId}; ${hint}`);
  }
}

/**
 * Throws what `obstacleToCancel` finds in the log: who asks knows it at once, though the trainer answers after the training
 * that it is at. A request that cancelled it may be sent again.
 */
export async function assertCancellable(
  events: EventReader,
  runId: string,
  requestId?: string,
): Promise<void> {
  const states = new RunStates();
  for await (const event of events.scan(RUN_STEPS)) states.evolve(event);
  if (requestId !== undefined && states.wasCancelledFor(runId, requestId)) return;
  const obstacle = states.obstacleToCancel(runId);
  if (obstacle) throw obstacle;
}
