import type { EventLog, LogRecord, Position } from '../../kernel/ports/log.ts';
import { seededRandom } from '../../ml/random.ts';

/** Hooks around the calls of a log: the caller gets the error that a hook throws. */
export interface Faults {
  beforeAppend?(records: readonly LogRecord[]): void;
  afterAppend?(records: readonly LogRecord[]): void;
  beforeCommit?(next: readonly Position[], outputs: readonly LogRecord[]): void;
  afterCommit?(next: readonly Position[], outputs: readonly LogRecord[]): void;
  beforeCommitted?(): void;
  beforeRead?(from: Position): void;
}

/** A log with injected faults. */
export function withFaults(log: EventLog, faults: Faults): EventLog {
  return {
    ensureTopics: (topics) => log.ensureTopics(topics),
    topics: () => log.topics(),
    async read(from, limit) {
      faults.beforeRead?.(from);
      return log.read(from, limit);
    },
    ...(log.lookUp && { lookUp: log.lookUp.bind(log) }),
    endOffsets: (topics, signal) => log.endOffsets(topics, signal),
    close: () => log.close(),
    async append(records) {
      faults.beforeAppend?.(records);
      const positions = await log.append(records);
      faults.afterAppend?.(records);
      return positions;
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
          faults.afterCommit?.(next, outputs);
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

/** Of so many calls in a row one crashes at the latest. */
const MAX_CALMS = 3;

/** A hook that crashes now and then. */
export interface Crashing {
  (): void;
  /** so far */
  readonly crashes: number;
}

/**
 * A hook that throws at calls drawn with a seed, until it has thrown `times` times, and at the latest at every fourth call: how
 * many calls a service makes depends on how many records it polls at once, and with luck alone they may be too few.
 *
 * @param share of the calls that throw, from 0 to 1
 */
export function crashing(times: number, { share, seed }: { share: number; seed: number }): Crashing {
  const random = seededRandom(seed);
  let [crashes, calm] = [0, 0];
  const crash = () => {
    if (crashes >= times) return;
    if (random() > share && calm < MAX_CALMS) {
      calm += 1;
      return;
    }
    [crashes, calm] = [crashes + 1, 0];
    throw new Error('kill -9');
  };
  return Object.defineProperty(crash, 'crashes', { get: () => crashes }) as Crashing;
}
