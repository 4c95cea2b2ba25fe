import { isDeepStrictEqual } from 'node:util';
import { engineIn } from '../../infra/warehouse/embedded/access.ts';
import { openClickHouse } from '../../infra/warehouse/open.ts';
import type { ServiceStatus } from '../../kernel/runtime/supervisor.ts';
import { service as projector } from '../../services/projector/service.ts';
import { report } from '../harness/child.ts';
import { startServices } from '../harness/services.ts';
import { collector, trainer } from './workload.ts';

export const DATABASE = 'epochlog_trial';

const POLL_INTERVAL_MS = 20;

export interface WorkerOptions {
  services: readonly string[];
  home: string;
  environment: Record<string, string>;
  /** folder of the engine of the warehouse */
  engine: string;
}

/** The status of the services of a process, from a time on. */
export interface WorkerReport {
  at: number;
  services: readonly ServiceStatus[];
}

/**
 * `node worker-child.ts OPTIONS`: runs services of a cluster until SIGTERM. Reports their status when they are ready and
 * whenever it changes.
 */
if (import.meta.main) {
  const { services, home, environment, engine }: WorkerOptions = JSON.parse(process.argv[2] ?? '');
  const chosen = [collector, trainer, projector].filter(({ name }) => services.includes(name));
  const warehouse = await openClickHouse(engineIn(engine), DATABASE);
  const { host, close } = await startServices(chosen, {
    ...{ home, environment, warehouse },
    restarts: Number.POSITIVE_INFINITY,
  });
  let last: readonly ServiceStatus[] = [];
  const timer = setInterval(() => {
    const now = host.status();
    if (isDeepStrictEqual(now, last)) return;
    report({ at: Date.now(), services: now } satisfies WorkerReport);
    last = now;
  }, POLL_INTERVAL_MS);
  process.once('SIGTERM', async () => {
    await close();
    await warehouse.close();
    clearInterval(timer);
    process.stdin.destroy();
  });
}
