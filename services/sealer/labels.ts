import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { topicOf } from '../../kernel/topics.ts';
import type { ServiceContext } from '../../schemas/catalogue.ts';
import type { DatasetSealedSourceRange } from '../../schemas/events.generated.ts';
import {
  LABEL_FACTS,
  type LabelRule,
  labelOf,
  type SampleLabels,
  withLabelFact,
} from '../../schemas/labels/labels.ts';
import type { Corpus } from './corpus.ts';
import type { Sample } from './sealed-corpus.ts';

/** After so many events, others get their turn. */
const EVENTS_A_TURN = 200;
const DECISIONS = ['SampleAccepted', 'SampleDeduplicated', 'SampleRejected'] as const;

type Events = ServiceContext['events'];

/** What people said of the samples of a task, and which labels were corrected, by record; and what of the log that is. */
export interface Labels {
  readonly known: ReadonlyMap<string, SampleLabels>;
  readonly sources: readonly DatasetSealedSourceRange[];
}

/** Reads all labels that were given to samples of a task. Each takes some 200 bytes until the dataset is sealed. */
export async function readLabels(events: Events, task: string): Promise<Labels> {
  const known = new Map<string, SampleLabels>();
  const ends = await events.endOffsets(['labels']);
  let read = 0;
  for await (const event of events.scan(LABEL_FACTS, ends)) {
    if (++read % EVENTS_A_TURN === 0) await yieldToEventLoop();
    if (event.data.task !== task) continue;
    const { recordId } = event.data;
    known.set(recordId, withLabelFact(known.get(recordId), event));
  }
  const sources = ends
    .filter(({ offset }) => offset > 0)
    .map(({ topic, partition, offset }) => ({ topic, partition, from: 0, to: offset }));
  return { known, sources };
}

/** What a corpus was read from: the dataset that is extended, and what the log says since. */
export interface Read {
  readonly task: string;
  /** ranges of the log that the dataset which is extended holds */
  readonly held: readonly DatasetSealedSourceRange[];
  /** records that were decided since */
  readonly decided: ReadonlySet<string>;
}

/**
 * Gives the samples of a corpus the labels that follow from those of people and from corrections, and leaves out those that
 * have none. A sample that an earlier dataset left out, and that has a label now, is read from the log again.
 *
 * @returns how many have another label than their source says
 */
export async function relabel(
  corpus: Corpus,
  { known }: Labels,
  rule: LabelRule,
  { task, held, decided }: Read,
  events: Events,
): Promise<number> {
  const labels = new Map([...known].map(([id, given]) => [id, labelOf(given, rule)]));
  const missing = new Set(
    [...labels].flatMap(([id, label]) =>
      label === undefined || corpus.has(id) || decided.has(id) ? [] : [id],
    ),
  );
  if (missing.size > 0 && held.length > 0)
    for (const sample of (await acceptedBefore(missing, task, held, events)).values())
      await corpus.accept(sample);
  let relabelled = 0;
  for (const [id, label] of labels) {
    if (!corpus.has(id)) continue;
    if (label === undefined) await corpus.withdraw(id);
    else {
      corpus.relabel(id, label);
      if (label !== known.get(id)!.original) relabelled += 1;
    }
  }
  return relabelled;
}

/** Of these records, those that were accepted in ranges of the log. */
async function acceptedBefore(
  ids: ReadonlySet<string>,
  task: string,
  held: readonly DatasetSealedSourceRange[],
  events: Events,
): Promise<Map<string, Sample>> {
  const found = new Map<string, Sample>();
  const ends = held
    .filter(({ topic }) => topic === topicOf('samples'))
    .map(({ topic, partition, to }) => ({ topic, partition, offset: to }));
  let read = 0;
  for await (const { type, data } of events.scan(DECISIONS, ends)) {
    if (++read % EVENTS_A_TURN === 0) await yieldToEventLoop();
    if (data.task !== task || !ids.has(data.recordId)) continue;
    if (type === 'SampleAccepted') found.set(data.recordId, sampleOf(data));
    else if (data.replaces) found.delete(data.recordId);
  }
  return found;
}

/** An accepted sample as a corpus takes it. */
export const sampleOf = ({
  recordId: id,
  instance,
  target,
  otherLabels,
  time,
  group,
}: Omit<Sample, 'id'> & { recordId: string }): Sample => ({ id, instance, target, otherLabels, time, group });
