import type { Follower } from '../../../kernel/ports/log.ts';
import { type Bench, PAPERS } from './bench.ts';
import { Meter } from './meter.ts';
import { consumeBatches } from './raw.ts';
import type { Contest } from './turns.ts';

const LIMIT = 1_000;

/** Committed records from offset 0 on. */
export function consumeContest({ log, kafka, records, seconds, freshName }: Bench): Contest {
  const total = records.length;
  const pollAll = async (follower: Follower) => {
    const { signal } = new AbortController();
    const meter = new Meter(seconds);
    for (let seen = 0; seen < total && !meter.isOver; ) {
      const { length } = await follower.poll(LIMIT, signal);
      seen += length;
      meter.add(length);
    }
    await follower.close();
    return meter.rate;
  };
  return {
    what: 'consume',
    unit: 'records/s',
    contestants: {
      'epochlog, in a group': async () => pollAll(await log.consumer(freshName(), [PAPERS])),
      'kafkajs, in a group': async () => {
        const meter = new Meter(seconds);
        let seen = 0;
        await consumeBatches(kafka, PAPERS, {
          groupId: freshName(),
          isLast({ batch }) {
            seen += batch.messages.length;
            meter.add(batch.messages.length);
            return seen >= total || meter.isOver;
          },
        });
        return meter.rate;
      },
      'epochlog, following': async () => {
        const ends = await log.endOffsets([PAPERS]);
        return pollAll(log.follow(ends.map((end) => ({ ...end, offset: 0 }))));
      },
    },
  };
}
