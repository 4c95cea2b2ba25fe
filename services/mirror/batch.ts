import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { MirrorFault } from './client.ts';
import type { Mirror, MirroredEvent, Written } from './mirrored.ts';
import { writeEpochs } from './runs.ts';
import { write } from './write.ts';

/** how long a batch may take before the rest is left to the next one */
const BATCH_MS = 1_000;

type Fact = NewEvent<'EventMirrored' | 'MirrorGivenUp'>;

export interface Outcome {
  /** one for each event that is done with, in their order */
  readonly facts: Fact[];
  /** why the server takes nothing now */
  readonly fault?: MirrorFault;
}

/**
 * Writes events in the order of the log until the server takes none, or time is over. What one creates the next ones find,
 * though its fact is folded only when the batch ends.
 *
 * @param address of the server
 */
export async function writeBatch(
  events: readonly MirroredEvent[],
  address: string,
  { mlflowRunOf, ...mirror }: Mirror,
): Promise<Outcome> {
  const began = performance.now();
  const created = new Map<string, string>();
  const withCreated = {
    ...mirror,
    mlflowRunOf: (aggregate: string) => created.get(aggregate) ?? mlflowRunOf(aggregate),
  };
  const facts: Fact[] = [];
  for (const group of groupsOf(events)) {
    if (performance.now() - began > BATCH_MS) break;
    const outcome = await attempted(group, address, withCreated);
    for (const fact of outcome.facts) {
      facts.push(fact);
      if (fact.type === 'EventMirrored' && fact.data.mlflowRunId !== null)
        created.set(fact.data.aggregate, fact.data.mlflowRunId);
    }
    if (outcome.fault) return { facts, fault: outcome.fault };
  }
  return { facts };
}

/** Epochs of one run that follow each other are one batch; of those that are refused together each is tried alone. */
async function attempted(group: readonly MirroredEvent[], server: string, mirror: Mirror): Promise<Outcome> {
  const [first] = group;
  if (!first) return { facts: [] };
  try {
    await mirror.server.check();
    const epochs = group.filter((event) => event.type === 'EpochCompleted');
    const written = epochs.length > 1 ? await writeEpochs(epochs, mirror) : await write(first, mirror);
    return { facts: group.map((event) => mirrored(event, server, written)) };
  } catch (error) {
    if (!(error instanceof MirrorFault)) throw error;
    if (!error.isFinal) return { facts: [], fault: error };
    if (group.length === 1) return { facts: [givenUp(first, server, error)] };
  }
  const facts: Fact[] = [];
  for (const event of group) {
    const one = await attempted([event], server, mirror);
    facts.push(...one.facts);
    if (one.fault) return { facts, fault: one.fault };
  }
  return { facts };
}

const mirrored = ({ id, type, subject }: MirroredEvent, server: string, written: Written): Fact =>
  newEvent('EventMirrored', { server, eventId: id, eventType: type, aggregate: subject, ...written });

const givenUp = ({ id, type }: MirroredEvent, server: string, { code, message }: MirrorFault): Fact =>
  newEvent('MirrorGivenUp', { server, eventId: id, eventType: type, code, reason: message });

/** Epochs of one run that follow each other are one group, any other event is one of its own. */
function groupsOf(events: readonly MirroredEvent[]): MirroredEvent[][] {
  const groups: MirroredEvent[][] = [];
  for (const event of events) {
    const last = groups.at(-1);
    const isNext =
      event.type === 'EpochCompleted' &&
      last?.[0]?.type === 'EpochCompleted' &&
      last[0].subject === event.subject;
    if (isNext) last.push(event);
    else groups.push([event]);
  }
  return groups;
}
