import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';

export interface KafkaOptions {
  /** bootstrap brokers, `host:port` */
  brokers: readonly string[];
  /** prefix of its group ids and transactional ids; default `epochlog.` */
  namespace?: string;
  sasl?: Extract<SASLOptions, { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512' }>;
  /** true, or what `tls.connect` takes: a private CA, a client certificate */
  tls?: boolean | Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>;
  /** replication factor of new topics; default three, or the number of brokers if that is less */
  replicas?: number;
  /** when it aborts, all sockets are destroyed and none is opened any more: requests under way fail */
  signal?: AbortSignal | undefined;
  /** whether opening fails at once when no broker answers; by default it is retried for some seconds */
  failFast?: boolean | undefined;
}
