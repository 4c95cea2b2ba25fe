import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { schemaRegistryContract } from './schema-registry.ts';

schemaRegistryContract('the embedded registry', async () => {
  const folder = await temporaryFolder('registry');
  const log = await openEmbeddedLog({ path: folder.path });
  return {
    registry: log.registry,
    another: () => log.registry,
    async close() {
      await log.close();
      await folder.remove();
    },
  };
});
