import { ALL_STREAMS, type EventType, isFact, ownerOf, streamOf } from '../event.ts';
import type { EventLog } from '../ports/log.ts';
import type { Service } from '../service.ts';
import { deadLetterTopicOf, isDeadLetterTopic, TOPIC_PREFIX, topicOf } from '../topics.ts';

/** The topics of a service, by what it does with them. */
export interface Inputs {
  /** it takes the events of these as they come, and its group commits how far it has come in them */
  consumed: readonly string[];
  /** shards of it take in all there is of these before they react to anything */
  known: readonly string[];
  /** it writes the facts of these */
  owned: readonly string[];
}

/** A service that is shared consumes what it reacts to; what it only remembers, each of its shards has to know whole. */
export async function inputsOf(service: Service, log: EventLog): Promise<Inputs> {
  const reacting = await reactingTopics(service, log);
  const remembered = topicsOf((service.remembers ?? []).filter((type) => !isOwnFact(type, service)));
  const others = remembered.filter((topic) => !reacting.includes(topic));
  const isSharded = typeof service.runs === 'object';
  const consumed = isSharded ? reacting : [...reacting, ...others];
  return {
    consumed: consumed.flatMap((topic) => [topic, deadLetterTopicOf(topic)]),
    known: isSharded ? others : [],
    owned: ALL_STREAMS.filter((stream) => ownerOf(stream) === service.name).map(topicOf),
  };
}

const isOwnFact = (type: EventType, { name }: Service): boolean =>
  isFact(type) && ownerOf(streamOf(type)) === name;

const topicsOf = (types: readonly EventType[]): string[] => [
  ...new Set(types.map((type) => topicOf(streamOf(type)))),
];

const reactingTopics = async ({ reactsTo }: Service, log: EventLog): Promise<string[]> =>
  reactsTo === '*' ? eventTopics(log) : topicsOf(reactsTo);

/** The topics of all events that the log holds, also of streams that are no more. */
export async function eventTopics(log: EventLog): Promise<string[]> {
  const names = (await log.topics()).map(({ name }) => name);
  return names.filter((name) => name.startsWith(TOPIC_PREFIX) && !isDeadLetterTopic(name));
}
