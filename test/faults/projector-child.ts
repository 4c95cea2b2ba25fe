import { engineIn } from '../../infra/warehouse/embedded/access.ts';
import { openEmbedded } from '../../infra/warehouse/embedded/start.ts';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import { service as projector } from '../../services/projector/service.ts';
import { report } from '../harness/child.ts';
import { startServices } from '../harness/services.ts';

export const DATABASE = 'epochlog_killed';

/**
 * `node projector-child.ts HOME own|shared PATH`: the projector on the log of a home, and on an engine of its own in
 * a folder, or on the one that another process runs there. Reports once, when it is at work.
 */
if (import.meta.main) {
  const [home = '', whose, path = ''] = process.argv.slice(2);
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const warehouse =
    whose === 'own'
      ? await openEmbedded(path, DATABASE, silent)
      : await openClickHouse(engineIn(path), DATABASE);
  await startServices([projector], {
    home,
    warehouse,
    environment: { EPOCHLOG_PROJECTOR_PAUSE_MS: '0' },
  });
  report({});
}
