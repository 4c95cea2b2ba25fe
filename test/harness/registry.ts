import { openEmbeddedLog } from '../../infra/log/embedded/log.ts';
import type { OpenedRegistry } from '../contract/schema-registry.ts';
import { temporaryFolder } from './folder.ts';

/** The registry of an embedded log in a temporary folder. */
export async function openEmbeddedRegistry(): Promise<OpenedRegistry> {
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
}
