import type { EventLog } from '../../../kernel/ports/log.ts';

/** A log that knows whether all its consumers wait for records, their timers set; but for those of some groups. */
export interface PolledLog {
  readonly log: EventLog;
  /** whether no consumer is between two polls */
  areAllPolling(): boolean;
}

export function watchPolls(log: EventLog, except: readonly string[] = []): PolledLog {
  const consumers = new Set<object>();
  const polling = new Set<object>();
  return {
    areAllPolling: () => polling.size === consumers.size,
    log: {
      ensureTopics: (topics) => log.ensureTopics(topics),
      topics: () => log.topics(),
      read: (from, limit) => log.read(from, limit),
      ...(log.lookUp && { lookUp: log.lookUp.bind(log) }),
      endOffsets: (topics) => log.endOffsets(topics),
      append: (records) => log.append(records),
      committed: (group, topics) => log.committed(group, topics),
      assignments: (group, topics, maxShards, signal) => log.assignments(group, topics, maxShards, signal),
      follow: (from) => log.follow(from),
      close: () => log.close(),
      async consumer(group, topics, shard) {
        const consumer = await log.consumer(group, topics, shard);
        if (except.includes(group)) return consumer;
        consumers.add(consumer);
        return {
          async poll(limit, signal) {
            polling.add(consumer);
            try {
              return await consumer.poll(limit, signal);
            } finally {
              polling.delete(consumer);
            }
          },
          positions: () => consumer.positions(),
          commit: (next, outputs) => consumer.commit(next, outputs),
          async close() {
            consumers.delete(consumer);
            await consumer.close();
          },
        };
      },
    },
  };
}
