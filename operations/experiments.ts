import { momentOf } from '../kernel/event.ts';
import type { EventReader, LoggedEvent } from '../schemas/catalogue.ts';

const TYPES = [
  'ExperimentStarted',
  'ExperimentAnalysed',
  'ExperimentConcluded',
  'ExperimentStopped',
  'ExperimentPromoted',
] as const;

/** What the log says of an experiment. */
export interface ExperimentHistory {
  readonly state: 'running' | 'concluded' | 'stopped';
  readonly started: LoggedEvent<'ExperimentStarted'>;
  /** the last analysis */
  readonly analysed: LoggedEvent<'ExperimentAnalysed'> | undefined;
  readonly ended: LoggedEvent<'ExperimentConcluded' | 'ExperimentStopped'> | undefined;
  readonly promoted: readonly LoggedEvent<'ExperimentPromoted'>[];
}

/** Every experiment by its name, in the order in which they started, up to a moment (milliseconds since the epoch). */
export async function readExperiments(
  events: Pick<EventReader, 'scan'>,
  at = Number.POSITIVE_INFINITY,
): Promise<Map<string, ExperimentHistory>> {
  const all = new Map<string, ExperimentHistory>();
  for await (const event of events.scan(TYPES)) {
    if (momentOf(event) > at) continue;
    const { experimentId } = event.data;
    const before = all.get(experimentId);
    const after = event.type === 'ExperimentStarted' ? begun(event) : before && changed(before, event);
    if (after) all.set(experimentId, after);
  }
  return all;
}

const begun = (started: LoggedEvent<'ExperimentStarted'>): ExperimentHistory => ({
  state: 'running',
  started,
  analysed: undefined,
  ended: undefined,
  promoted: [],
});

function changed(
  before: ExperimentHistory,
  event: LoggedEvent<Exclude<(typeof TYPES)[number], 'ExperimentStarted'>>,
): ExperimentHistory {
  switch (event.type) {
    case 'ExperimentAnalysed':
      return { ...before, analysed: event };
    case 'ExperimentConcluded':
      return { ...before, state: 'concluded', ended: event };
    case 'ExperimentStopped':
      return { ...before, state: 'stopped', ended: event };
    case 'ExperimentPromoted':
      return { ...before, promoted: [...before.promoted, event] };
  }
}
