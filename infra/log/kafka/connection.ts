import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from 'kafkajs';
import { EpochlogError } from '../../../kernel/errors.ts';
import { type Client, type Isolation, openCluster } from './client.ts';
import { translated } from './failure.ts';

/** A cluster that has lost a broker needs some seconds to choose other leaders. */
const PATIENCE_MS = 15_000;
const FIRST_WAIT_MS = 10;
const LAST_WAIT_MS = 500;

/** Single requests to the brokers, tried again while the cluster is busy with itself. */
export class Connection {
  readonly #cluster: Cluster;
  readonly #address: string;
  #closed = false;

  constructor(client: Client, isolation: Isolation) {
    this.#cluster = openCluster(client, isolation);
    this.#address = client.address;
  }

  /** The step's result. LOG_UNAVAILABLE when it fails for longer than a cluster needs to recover. */
  async run<T>(step: (cluster: Cluster) => Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
    const deadline = Date.now() + patienceMs;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LAST_WAIT_MS)) {
      try {
        return await this.once(step);
      } catch (failure) {
        const mayPass = failure instanceof EpochlogError && failure.code === 'LOG_UNAVAILABLE';
        if (!mayPass || this.#closed || Date.now() > deadline) throw failure;
        await sleep(wait);
        await this.#cluster.refreshMetadata().catch(() => {}); // if it cannot be had, the step will say so
      }
    }
  }

  /** The step's result, or its failure as an error of the table. */
  async once<T>(step: (cluster: Cluster) => Promise<T>): Promise<T> {
    try {
      await this.#cluster.connect();
      return await step(this.#cluster);
    } catch (error) {
      throw translated(error, this.#address);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#cluster.disconnect();
  }
}
