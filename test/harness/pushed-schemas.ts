import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSchemas } from '../../schemas/load.ts';
import { versionsOf } from '../../schemas/published.ts';
import { cached } from './cached.ts';
import { CACHE, fetchDistributions, REGISTRY } from './cluster/distributions.ts';
import { REGISTRY_FILE, registryUrlOf, startRegistry } from './cluster/registry.ts';
import { text } from './command.ts';
import { freePorts } from './ports.ts';

/**
 * The file of a registry into which `epochlog schemas push` has registered every version of every schema, kept in the
 * cache: a registry needs ten seconds of a core to register them, and a copy of this file none.
 */
export async function pushedSchemas(): Promise<string> {
  const versions = loadSchemas().flatMap((stream) => versionsOf(stream));
  const digest = createHash('sha256')
    .update(`${REGISTRY} ${JSON.stringify(versions)}`)
    .digest('hex');
  const folder = await cached(join(CACHE, `schemas-${digest.slice(0, 16)}`), async (draft) => {
    const { registryJar } = await fetchDistributions();
    const [port] = await freePorts(1);
    const registry = await startRegistry(registryJar, draft, port!);
    try {
      await text(draft, ['schemas', 'push'], { EPOCHLOG_REGISTRY: registryUrlOf(port!) });
    } finally {
      await registry.end('SIGTERM'); // it writes its file to the end
    }
    await rm(join(draft, 'registry.log'));
  });
  return join(folder, REGISTRY_FILE);
}
