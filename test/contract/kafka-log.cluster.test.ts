import { inject } from 'vitest';
import { openKafkaLog } from '../../infra/log/kafka/log.ts';
import { eventLogContract } from './event-log.ts';

eventLogContract('the log on Kafka', async () => {
  const open = () => openKafkaLog({ brokers: inject('brokers') });
  let log = await open();
  return {
    log,
    async reopen() {
      await log.close();
      log = await open();
      return log;
    },
    destroy: () => log.close(),
  };
});
