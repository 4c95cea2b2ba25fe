import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from 'kafkajs';
import { EpochlogError } from '../../../kernel/errors.ts';
import type { Client } from './client.ts';
import { translated } from './failure.ts';
import { captureCluster, type Isolation } from './kafkajs-patch.ts';

/** A cluster that has lost a broker needs some seconds to elect other leaders. */
const RETRY_TIMEOUT_MS = 15_000;
const INITIAL_BACKOFF_MS = 10;
const MAX_BACKOFF_MS = 500;

/** Single requests to the brokers, retried while the cluster elects leaders or coordinators. */
export class Connection {
  readonly #cluster: Cluster;
  readonly #address: string;
  #closed = false;

  constructor(client: Client, isolation: Isolation) {
    this.#cluster = captureCluster(client.kafka, isolation);
    this.#address = client.address;
  }

  /** The step's result. LOG_UNAVAILABLE when it fails for longer than a failover takes. */
  async run<T>(step: (cluster: Cluster) => Promise<T>, timeoutMs = RETRY_TIMEOUT_MS): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (let backoff = INITIAL_BACKOFF_MS; ; backoff = Math.min(2 * backoff, MAX_BACKOFF_MS)) {
      try {
        return await this.once(step);
      } catch (failure) {
        const isRetriable = failure instanceof EpochlogError && failure.code === 'LOG_UNAVAILABLE';
        if (!isRetriable || this.#closed || Date.now() > deadline) throw failure;
        await sleep(backoff);
        await this.#cluster.refreshMetadata().catch(() => {}); // the step fails if it cannot be had
      }
    }
  }

  /** The step's result; its failure as an error of the table. */
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
