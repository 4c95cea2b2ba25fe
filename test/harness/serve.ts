import { loadServices } from '../../cli/services.ts';
import { startServices } from './services.ts';

/** `node test/harness/serve.ts HOME SERVICE …`: runs services on a data folder, with the EPOCHLOG_… of its environment, until it is killed. */
const [home = '', ...names] = process.argv.slice(2);
const services = await loadServices(names);
const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value = '']) =>
    name.startsWith('EPOCHLOG_') ? [[name, value]] : [],
  ),
);
const { host } = await startServices(services, { home, environment });
host.failed.addEventListener('abort', () => process.exit(1));
