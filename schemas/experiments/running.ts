import type { RecordedEvent } from '../catalogue.ts';
import type { ExperimentStarted } from '../events.generated.ts';

/** The facts that begin and end an experiment. */
export const EXPERIMENT_FACTS = ['ExperimentStarted', 'ExperimentConcluded', 'ExperimentStopped'] as const;

export type ExperimentFact = RecordedEvent<(typeof EXPERIMENT_FACTS)[number]>;

/** An experiment that has not ended. */
export interface RunningExperiment extends ExperimentStarted {
  /** of the event that started it */
  readonly correlationId: string;
  /** when it started, milliseconds since the epoch */
  readonly since: number;
}

/** The running experiments of a model after a fact, in the order in which they started. */
export function withExperiment(
  running: readonly RunningExperiment[],
  { type, data, time, correlationId }: ExperimentFact,
): readonly RunningExperiment[] {
  const others = running.filter(({ experimentId }) => experimentId !== data.experimentId);
  return type === 'ExperimentStarted' ? [...others, { ...data, correlationId, since: time }] : others;
}
