import { setTimeout as sleep } from 'node:timers/promises';
import { EpochlogError } from '../../../kernel/errors.ts';
import { partitionKey } from '../../../kernel/partitions.ts';
import type { Position } from '../../../kernel/ports/log.ts';
import type { Client } from './client.ts';
import { Connection } from './connection.ts';
import { byTopic, endsOf } from './ends.ts';
import type { Fetching } from './fetching.ts';
import { Gaps } from './gaps.ts';

type Partition = Omit<Position, 'offset'>;

/** A producer that was killed holds its transaction open until Kafka gives it up. */
export const OPEN_TRANSACTION_MS = 60_000;
const FIRST_WAIT_MS = 1;
const LAST_WAIT_MS = 50;
/** After a transaction is acknowledged, the offsets in it are seen within milliseconds. */
const VISIBLE_PATIENCE_MS = 5_000;

/** Where partitions end, and how far groups have come. */
export class Offsets {
  readonly #address: string;
  readonly #all: Connection;
  readonly #decided: Connection;
  readonly #gaps: Gaps;
  /** by group and partition */
  readonly #noted = new Map<string, Map<string, number>>();

  constructor(client: Client, fetching: Fetching) {
    this.#address = client.address;
    this.#all = new Connection(client, 'uncommitted');
    this.#decided = fetching.connection;
    this.#gaps = new Gaps(fetching);
  }

  /**
   * The offsets that the next records will get, once all before them is decided: transactions that are open when it
   * is called have ended, one way or the other, when it resolves.
   */
  async endOffsets(partitions: readonly Partition[]): Promise<Position[]> {
    const [ends, decided] = await Promise.all([
      this.#all.run((cluster) => endsOf(cluster, partitions)),
      this.#decided.run((cluster) => endsOf(cluster, partitions)),
    ]);
    await this.#untilDecided(ends, decided);
    return ends;
  }

  /** Those of the partitions in which a transaction is open now. */
  async undecided(partitions: readonly Partition[]): Promise<Partition[]> {
    const ends = await this.#all.run((cluster) => endsOf(cluster, partitions));
    return behind(ends, await this.#decided.run((cluster) => endsOf(cluster, partitions)));
  }

  /** Takes note of what has been committed in a transaction: Kafka shows it a little later. */
  note(group: string, next: readonly Position[]): void {
    const noted = this.#noted.get(group) ?? new Map<string, number>();
    for (const position of next) noted.set(partitionKey(position), position.offset);
    this.#noted.set(group, noted);
  }

  /**
   * The next offsets that a group will process: 0 where it has committed none. What has been noted is among them; where
   * no record is left, it is where the partition ends.
   */
  async committed(group: string, partitions: readonly Partition[]): Promise<Position[]> {
    const noted = this.#noted.get(group);
    for (const deadline = Date.now() + VISIBLE_PATIENCE_MS; ; await sleep(FIRST_WAIT_MS)) {
      const committed = await this.#fetch(group, partitions);
      const isWhole = committed.every(
        (position) => position.offset >= (noted?.get(partitionKey(position)) ?? 0),
      );
      if (isWhole || Date.now() > deadline) return this.#gaps.passed(committed);
    }
  }

  close(): Promise<void> {
    return this.#all.close();
  }

  async #fetch(group: string, partitions: readonly Partition[]): Promise<Position[]> {
    const { responses } = await this.#decided.run(async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group });
      return coordinator.offsetFetch({ groupId: group, topics: byTopic(partitions) });
    });
    const offsets = new Map(
      responses.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [
          partitionKey({ topic, partition }),
          Math.max(0, Number(offset)),
        ]),
      ),
    );
    return partitions.map((partition) => ({
      ...partition,
      offset: offsets.get(partitionKey(partition)) ?? 0,
    }));
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
  const offsets = new Map(reached.map((position) => [partitionKey(position), position.offset]));
  return ends.filter((end) => (offsets.get(partitionKey(end)) ?? 0) < end.offset);
};
