import { loadServices } from '../../cli/services.ts';
import { startServices } from './services.ts';

/** `node test/harness/serve.ts HOME SERVICE …`: runs services on a data folder until it is killed. */
const [home = '', ...names] = process.argv.slice(2);
const services = (await loadServices()).filter(({ name }) => names.includes(name));
const { host } = await startServices(services, { home });
host.failed.addEventListener('abort', () => process.exit(1));
