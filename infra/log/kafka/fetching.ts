import kafkajs from 'kafkajs';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { Position, StoredRecord } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { Connection } from './connection.ts';
import { endsOf } from './ends.ts';
import { type AbortedTransaction, committed, type FetchedMessage, recordOf } from './records.ts';
import { target } from './targets.ts';

/** One fetch brings no more than this, but always a batch: memory stays bounded. */
const MAX_FETCH_BYTES = 4 << 20;
const MAX_PARTITION_BYTES = 1 << 20;

/** What a broker answers to a fetch, as kafkajs decodes it. */
interface FetchAnswer {
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

/** What a partition holds from an offset on. */
export interface Fetched {
  topic: string;
  partition: number;
  /** committed records, in order */
  records: StoredRecord[];
  /** where to go on: after the last offset seen, which may be a mark or a record that was not committed */
  next: number;
  /** the offset that the next record will get */
  end: number;
  /** the offset before which all is decided: no transaction is open */
  decided: number;
}

/** Reads partitions from their leaders. */
export class Fetching {
  readonly connection: Connection;

  constructor(client: Client) {
    this.connection = new Connection(client, 'committed');
  }

  /** Positions by the broker that leads their partition. */
  leaders(positions: readonly Position[]): Promise<Map<string, Position[]>> {
    return this.connection.once(async (cluster) => {
      await target(cluster, positions);
      return Map.groupBy(positions, ({ topic, partition }) => {
        const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
        if (leader !== undefined) return leader;
        throw new kafkajs.KafkaJSError(`no broker leads ${partitionKey({ topic, partition })}`);
      });
    });
  }

  /**
   * What is there, of partitions of one leader: about so many bytes of each, at least one batch. If there is nothing,
   * it waits so many milliseconds for something.
   */
  fetch(
    leader: string,
    positions: readonly Position[],
    waitMs: number,
    bytes = MAX_PARTITION_BYTES,
  ): Promise<Fetched[]> {
    return this.connection.once(async (cluster) => {
      const broker = await cluster.findBroker({ nodeId: leader });
      const answer: FetchAnswer = await broker.fetch({
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
      return [...fetchedIn(answer, offsets)];
    });
  }

  /** What is there of one partition, asked of whoever leads it. */
  async fetchOne(at: Position, waitMs: number, bytes?: number): Promise<Fetched> {
    const [leader] = (await this.leaders([at])).keys();
    const [fetched] = await this.fetch(leader!, [at], waitMs, bytes);
    return fetched!;
  }

  /** Where the partitions end: all before that is decided. */
  endOffsets(partitions: readonly Omit<Position, 'offset'>[]): Promise<Position[]> {
    return this.connection.once((cluster) => endsOf(cluster, partitions));
  }

  /** Asks again who leads what, if anybody can be asked. */
  async refresh(): Promise<void> {
    await this.connection.once((cluster) => cluster.refreshMetadata()).catch(() => {});
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

function* fetchedIn({ responses }: FetchAnswer, offsets: ReadonlyMap<string, number>): Iterable<Fetched> {
  for (const { topicName: topic, partitions } of responses) {
    for (const { partition, messages, abortedTransactions, ...ends } of partitions) {
      const from = offsets.get(partitionKey({ topic, partition })) ?? 0;
      const last = messages.at(-1);
      yield {
        topic,
        partition,
        records: committed(messages, abortedTransactions)
          .filter(({ offset }) => Number(offset) >= from) // a batch comes whole
          .map((message) => recordOf(message, topic, partition)),
        next: last ? Math.max(from, Number(last.offset) + 1) : from,
        end: Number(ends.highWatermark),
        decided: Number(ends.lastStableOffset),
      };
    }
  }
}
