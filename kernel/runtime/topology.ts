import type { Catalogue } from '../catalogue.ts';
import { deadLetterTopics } from '../dead-letters/dead-letter.ts';
import { partitionsOfShard } from '../partitions.ts';
import type { EventLog, Position, Shard } from '../ports/log.ts';
import type { Service } from '../service.ts';
import { deadLetterTopicOf, isDeadLetterTopic, TOPIC_PREFIX, topicOf } from '../topics.ts';

/** The topics of a service. */
export interface Topology {
  /** its consumer group subscribes to these and commits offsets in them */
  consumed: readonly string[];
  /** of all these, what its state may be folded from */
  state: readonly string[];
  /** each shard reads these in full, before it reacts */
  global: readonly string[];
  /** it writes the facts of these, and must know which there are: to continue the versions of their aggregates */
  owned: readonly string[];
}

/** A sharded service consumes the topics that it reacts to; the other topics of its state are global state. */
export async function topologyOf(service: Service, log: EventLog, catalogue: Catalogue): Promise<Topology> {
  const { streams, types, stream: infoOf, streamOf, isFact, ownerOf } = catalogue;
  const topicsOf = (types: readonly string[]) => [...new Set(types.map((type) => topicOf(streamOf(type))))];
  const isOwnFact = (type: string) => isFact(type) && ownerOf(streamOf(type)) === service.name;
  const reacting = service.reactsTo === '*' ? await eventTopics(log) : topicsOf(service.reactsTo);
  const stateTopics = topicsOf((service.stateFrom ?? []).filter((type) => !isOwnFact(type)));
  const stateStreams = new Set(service.stateFrom?.map(streamOf));
  const hasFacts = new Set(types.filter(isFact).map(streamOf)); // requests alone have no versions to continue
  // a service that runs everywhere repeats no reaction, so that facts without a version are of no use to it
  const mustKnow = (stream: string) =>
    stateStreams.has(stream) ||
    (hasFacts.has(stream) && (service.runs !== 'everywhere' || !infoOf(stream).oneFactPerKey));
  const others = stateTopics.filter((topic) => !reacting.includes(topic));
  const isSharded = typeof service.runs === 'object';
  const consumed = isSharded ? reacting : [...reacting, ...others];
  const own = consumed.flatMap((topic) => [topic, deadLetterTopicOf(topic)]);
  const watched = service.watchesDeadLetters ? deadLetterTopics(streams) : [];
  return {
    consumed: [...new Set([...own, ...watched])],
    state: topicsOf(service.stateFrom ?? []),
    global: isSharded ? others : [],
    owned: streams.filter((stream) => ownerOf(stream) === service.name && mustKnow(stream)).map(topicOf),
  };
}

/** The event topics of a log, also of streams that this version does not know; without dead-letter topics. */
export async function eventTopics(log: EventLog): Promise<string[]> {
  const names = (await log.topics()).map(({ name }) => name);
  return names.filter((name) => name.startsWith(TOPIC_PREFIX) && !isDeadLetterTopic(name));
}

/** The positions in a shard's own partitions: of the topics that the service consumes, or writes. */
export function shardPositions<P extends Position>(
  { consumed, owned }: Topology,
  shard: Shard,
  positions: readonly P[],
): P[] {
  const own = positions.filter(({ topic }) => consumed.includes(topic) || owned.includes(topic));
  return partitionsOfShard(shard, own);
}
