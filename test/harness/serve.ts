import { loadServices } from '../../cli/services.ts';
import type { LogRecord } from '../../kernel/ports/log.ts';
import type { Faults } from './faults.ts';
import { startServices } from './services.ts';

/**
 * `node test/harness/serve.ts HOME SERVICE …`: runs services on a data folder, with the EPOCHLOG_… of its environment, until it is
 * killed. With KILLED_AFTER, such as `5 EpochCompleted`, it kills itself at its first write after so many events of the type are
 * in the log.
 */
const [home = '', ...names] = process.argv.slice(2);
const services = await loadServices(names);
const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value = '']) =>
    name.startsWith('EPOCHLOG_') ? [[name, value]] : [],
  ),
);
const [enough = Number.POSITIVE_INFINITY, type] = process.env.KILLED_AFTER?.split(' ') ?? [];
let written = 0;
const kill = (): void => {
  if (written >= Number(enough)) process.kill(process.pid, 'SIGKILL');
};
const count = (records: readonly LogRecord[]): void => {
  written += records.filter(({ headers }) => headers.ce_type === type).length;
};
const faults: Faults = {
  beforeAppend: kill,
  afterAppend: count,
  beforeCommit: kill,
  afterCommit: (_, outputs) => count(outputs),
};
const { host } = await startServices(services, { home, environment, faults });
host.failed.addEventListener('abort', () => process.exit(1));
