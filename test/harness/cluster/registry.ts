import { join } from 'node:path';
import { JavaProcess } from './java.ts';

const HEAP = '-Xmx256m';

/** The file of a registry's schemas, in its folder. */
export const REGISTRY_FILE = 'registry.mv.db';

/** The base URL of the Confluent-compatible interface. */
export const registryUrlOf = (port: number): string => `http://127.0.0.1:${port}/apis/ccompat/v7`;

/** Starts a schema registry that stores its schemas in the folder; resolves when it answers. */
export async function startRegistry(jar: string, folder: string, port: number): Promise<JavaProcess> {
  const settings = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': port,
    'quarkus.http.access-log.enabled': false,
    'apicurio.datasource.url': `jdbc:h2:file:${join(folder, 'registry')}`,
    'apicurio.datasource.jdbc.initial-size': 2,
    'apicurio.datasource.jdbc.min-size': 2,
    'apicurio.datasource.jdbc.max-size': 8,
  };
  const args = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  const registry = new JavaProcess(
    'the schema registry',
    [HEAP, ...args, '-jar', jar],
    join(folder, 'registry.log'),
  );
  await registry.untilAnswers(async () => {
    const { ok, status } = await fetch(`${registryUrlOf(port)}/subjects`);
    if (!ok) throw new Error(`HTTP ${status}`);
  });
  return registry;
}
