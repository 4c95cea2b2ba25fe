import { afterAll, beforeAll, describe } from 'vitest';
import { appendingContract } from './event-log-appending.ts';
import { consumingContract } from './event-log-consuming.ts';
import { type OpenedLog, type Subject, unique } from './event-log-kit.ts';
import { modelContract } from './event-log-model.ts';
import { shardingContract } from './event-log-sharding.ts';

/** The contract of every event log. `modelRuns`: the number of random histories that are compared with a model. */
export function eventLogContract(
  name: string,
  open: () => Promise<OpenedLog>,
  { modelRuns = 40 } = {},
): void {
  describe(`${name} is an event log`, () => {
    let opened: OpenedLog;
    const subject: Subject = {
      get log() {
        return opened.log;
      },
      async reopen() {
        opened.log = await opened.reopen();
      },
      async topic(partitions = 1) {
        const topic = unique('topic');
        await opened.log.ensureTopics([{ name: topic, partitions }]);
        return topic;
      },
      group: () => unique('group'),
    };

    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.destroy());

    appendingContract(subject);
    consumingContract(subject);
    shardingContract(subject);
    modelContract(subject, modelRuns);
  });
}
