import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';

export interface KafkaOptions {
  /** where to begin, `host:port`: some of the cluster's brokers */
  brokers: readonly string[];
  /** what makes the ids of its transactions and groups its own in a cluster that others use too */
  namespace?: string;
  sasl?: Extract<SASLOptions, { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' }>;
  /** true, or what `tls.connect` takes: an authority of one's own, a client certificate */
  tls?: boolean | Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>;
  /** copies of each record; default three, or as many as there are brokers */
  replicas?: number;
  /** when it aborts, all connections end and none is made any more: what is under way fails */
  signal?: AbortSignal | undefined;
  /** whether opening fails as soon as no broker answers; by default some seconds later */
  atOnce?: boolean | undefined;
}
