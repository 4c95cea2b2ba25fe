import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { eventLogContract } from './event-log.ts';

eventLogContract('the embedded log', async () => {
  const folder = await temporaryFolder('log');
  const open = () => openEmbeddedLog({ path: folder.path });
  let log = await open();
  return {
    log,
    async reopen() {
      await log.close();
      log = await open();
      return log;
    },
    async destroy() {
      await log.close();
      await folder.remove();
    },
  };
});
