import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from 'kafkajs';
import { EpochlogError } from '../../../kernel/errors.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { Connection } from './connection.ts';
import { keyOf } from './records.ts';

type Partition = Omit<Position, 'offset'>;

/** A producer that was killed holds its transaction open until Kafka gives it up. */
export const OPEN_TRANSACTION_MS = 60_000;
const FIRST_WAIT_MS = 1;
const LAST_WAIT_MS = 50;

/** Where partitions end, and how far groups have come. */
export class Offsets {
  readonly #address: string;
  readonly #all: Connection;
  readonly #decided: Connection;

  /** `decided` sees committed records only. */
  constructor(client: Client, decided: Connection) {
    this.#address = client.address;
    this.#all = new Connection(client, 'uncommitted');
    this.#decided = decided;
  }

  /**
   * The offsets that the next records will get, once all before them is decided: transactions that are open when it
   * is called have ended, one way or the other, when it resolves.
   */
  async ends(partitions: readonly Partition[]): Promise<Position[]> {
    const [ends, decided] = await Promise.all([
      this.#all.run((cluster) => endsOf(cluster, partitions)),
      this.#decided.run((cluster) => endsOf(cluster, partitions)),
    ]);
    await this.#untilDecided(ends, decided);
    return ends;
  }

  /** The next offsets that a group will process: 0 where it has committed none. */
  async committed(group: string, partitions: readonly Partition[]): Promise<Position[]> {
    const { responses } = await this.#decided.run(async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      return coordinator.offsetFetch({ groupId: group, topics: byTopic(partitions) });
    });
    const offsets = new Map(
      responses.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [keyOf({ topic, partition }), Math.max(0, Number(offset))]),
      ),
    );
    return partitions.map((partition) => ({ ...partition, offset: offsets.get(keyOf(partition)) ?? 0 }));
  }

  close(): Promise<void> {
    return this.#all.close();
  }

  async #untilDecided(ends: readonly Position[], decided: readonly Position[]): Promise<void> {
    const deadline = Date.now() + OPEN_TRANSACTION_MS;
    let open = behind(ends, decided);
    for (let wait = FIRST_WAIT_MS; open.length > 0; wait = Math.min(2 * wait, LAST_WAIT_MS)) {
      if (Date.now() > deadline) throw undecided(this.#address, open[0]!);
      await sleep(wait);
      open = behind(open, await this.#decided.run((cluster) => endsOf(cluster, open)));
    }
  }
}

/** A transaction is open for longer than it may be. */
export const undecided = (address: string, { topic, partition, offset }: Position): EpochlogError =>
  new EpochlogError(
    'LOG_UNAVAILABLE',
    `Kafka at ${address}: a transaction before ${topic}/${partition}@${offset} does not end; kafka-transactions.sh finds it`,
  );

const behind = (ends: readonly Position[], reached: readonly Position[]): Position[] => {
  const offsets = new Map(reached.map((position) => [keyOf(position), position.offset]));
  return ends.filter((end) => (offsets.get(keyOf(end)) ?? 0) < end.offset);
};

async function endsOf(cluster: Cluster, partitions: readonly Partition[]): Promise<Position[]> {
  await cluster.addMultipleTargetTopics([...new Set(partitions.map(({ topic }) => topic))]);
  const ends = await cluster.fetchTopicsOffset(
    byTopic(partitions).map((topic) => ({ ...topic, fromBeginning: false })),
  );
  const offsets = new Map(
    ends.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [keyOf({ topic, partition }), Number(offset)]),
    ),
  );
  return partitions.map((partition) => ({ ...partition, offset: offsets.get(keyOf(partition)) ?? 0 }));
}

/** In the form of kafkajs, whose questions carry the offsets that only answers need. */
const byTopic = (partitions: readonly Partition[]) =>
  [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, members]) => ({
    topic,
    partitions: members.map(({ partition }) => ({ partition, offset: '-1' })),
  }));
