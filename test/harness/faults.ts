import type { EventLog, LogRecord, Position } from '../../kernel/ports/log.ts';

/** Hooks around the calls of a log: the caller gets the error that a hook throws. */
export interface Faults {
  beforeAppend?(records: readonly LogRecord[]): void;
  beforeCommit?(next: readonly Position[], outputs: readonly LogRecord[]): void;
  afterCommit?(): void;
  beforeCommitted?(): void;
}

/** A log with injected faults. */
export function withFaults(log: EventLog, faults: Faults): EventLog {
  return {
    ensureTopics: (topics) => log.ensureTopics(topics),
    topics: () => log.topics(),
    read: (from, limit) => log.read(from, limit),
    ...(log.lookUp && { lookUp: log.lookUp.bind(log) }),
    endOffsets: (topics) => log.endOffsets(topics),
    close: () => log.close(),
    async append(records) {
      faults.beforeAppend?.(records);
      return log.append(records);
    },
    async committed(group, topics) {
      faults.beforeCommitted?.();
      return log.committed(group, topics);
    },
    assignments: (group, topics, maxShards, signal) => log.assignments(group, topics, maxShards, signal),
    follow: (from) => log.follow(from),
    async consumer(group, topics, shard) {
      const consumer = await log.consumer(group, topics, shard);
      return {
        poll: (limit, signal) => consumer.poll(limit, signal),
        positions: () => consumer.positions(),
        close: () => consumer.close(),
        async commit(next, outputs) {
          faults.beforeCommit?.(next, outputs);
          await consumer.commit(next, outputs);
          faults.afterCommit?.();
        },
      };
    },
  };
}

/** A hook that throws the error on its first `times` calls. */
export function failing(times: number, error: Error): () => void {
  let left = times;
  return () => {
    if (left-- > 0) throw error;
  };
}
