import kafkajs from 'kafkajs';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { Connection } from './connection.ts';
import { fetchEndOffsets } from './end-offsets.ts';
import { loadMetadata } from './metadata.ts';
import { type AbortedTransaction, committed, type FetchedMessage, recordOf } from './records.ts';

/** A response is no larger than this (but holds one batch at least): memory is bounded. */
const MAX_FETCH_BYTES = 4 << 20;
const MAX_PARTITION_BYTES = 1 << 20;

/** A fetch response as kafkajs decodes it. */
interface FetchResponse {
  responses: {
    topicName: string;
    partitions: {
      partition: number;
      highWatermark: string;
      lastStableOffset: string;
      abortedTransactions: AbortedTransaction[];
      messages: FetchedMessage[];
    }[];
  }[];
}

/** What a fetch returned of one partition. */
export interface FetchedPartition {
  topic: string;
  partition: number;
  /** committed records, in order */
  records: StoredRecord[];
  /** the next to fetch: after the last offset seen, also of control records and aborted records */
  nextOffset: number;
  highWatermark: number;
  /** no transaction is open before it */
  lastStableOffset: number;
}

/** Fetches committed records from the leaders of partitions. */
export class Fetcher {
  readonly connection: Connection;

  constructor(client: Client) {
    this.connection = new Connection(client, 'committed');
  }

  /** Positions by the leader of their partition (its node id). */
  leaders(positions: readonly Position[]): Promise<Map<string, Position[]>> {
    return this.connection.once(async (cluster) => {
      await loadMetadata(cluster, positions);
      return Map.groupBy(positions, ({ topic, partition }) => {
        const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
        if (leader !== undefined) return leader;
        throw new kafkajs.KafkaJSError(`${partitionKey({ topic, partition })} has no leader`);
      });
    });
  }

  /**
   * Fetches partitions of one leader: about `bytes` of each, one batch at least. While there is none, the broker holds
   * the request for `waitMs`.
   */
  fetch(
    leader: string,
    positions: readonly Position[],
    waitMs: number,
    bytes = MAX_PARTITION_BYTES,
  ): Promise<FetchedPartition[]> {
    return this.connection.once(async (cluster) => {
      const broker = await cluster.findBroker({ nodeId: leader });
      const response: FetchResponse = await broker.fetch({
        maxWaitTime: waitMs,
        minBytes: 1,
        maxBytes: MAX_FETCH_BYTES,
        isolationLevel: 1,
        topics: [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, partitions]) => ({
          topic,
          partitions: partitions.map(({ partition, offset }) => ({
            partition,
            fetchOffset: String(offset),
            maxBytes: Math.min(bytes, MAX_PARTITION_BYTES),
          })),
        })),
      });
      const offsets = new Map(positions.map((position) => [partitionKey(position), position.offset]));
      return [...fetchedIn(response, offsets)];
    });
  }

  /** Fetches one partition from its leader. */
  async fetchOne(at: Position, waitMs: number, bytes?: number): Promise<FetchedPartition> {
    const [leader] = (await this.leaders([at])).keys();
    const [fetched] = await this.fetch(leader!, [at], waitMs, bytes);
    return fetched!;
  }

  /** The last stable offsets. */
  endOffsets(partitions: readonly Omit<Position, 'offset'>[]): Promise<Position[]> {
    return this.connection.once((cluster) => fetchEndOffsets(cluster, partitions));
  }

  /** Refreshes the leaders, if a broker answers. */
  async refreshMetadata(): Promise<void> {
    await this.connection.once((cluster) => cluster.refreshMetadata()).catch(() => {});
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

function* fetchedIn(
  { responses }: FetchResponse,
  offsets: ReadonlyMap<string, number>,
): Iterable<FetchedPartition> {
  for (const { topicName: topic, partitions } of responses) {
    for (const { partition, messages, abortedTransactions, ...partitionOffsets } of partitions) {
      const from = offsets.get(partitionKey({ topic, partition })) ?? 0;
      const last = messages.at(-1);
      yield {
        topic,
        partition,
        records: committed(messages, abortedTransactions)
          .filter(({ offset }) => Number(offset) >= from) // a batch is returned whole
          .map((message) => recordOf(message, topic, partition)),
        nextOffset: last ? Math.max(from, Number(last.offset) + 1) : from,
        highWatermark: Number(partitionOffsets.highWatermark),
        lastStableOffset: Number(partitionOffsets.lastStableOffset),
      };
    }
  }
}
