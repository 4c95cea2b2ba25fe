/** The predictor of a home without the other services, until SIGTERM: `EPOCHLOG_HOME=… node predictor-alone.ts`. For serving.ts. */
import { runUntilInterrupted } from '../../cli/run.ts';
import { loadServices } from '../../cli/services.ts';
import { readConfig } from '../../infra/config/config.ts';

const services = {
  loadServices: async () => (await loadServices()).filter(({ name }) => name === 'predictor'),
  usesWarehouse: false,
};
await runUntilInterrupted(readConfig({}, process.env), services, ({ url }) => console.log(`up at ${url}`));
