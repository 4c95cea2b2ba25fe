import { runUntilInterrupted } from '../../cli/run.ts';
import { readConfig } from '../../infra/config/config.ts';
import { report } from '../harness/child.ts';
import { collector } from '../harness/collections.ts';

export interface HangingOptions {
  home: string;
  environment: Record<string, string>;
}

/** `node hanging-child.ts OPTIONS`: a service that never comes to the end of a reaction. Reports when it begins one. */
if (import.meta.main) {
  const { home, environment }: HangingOptions = JSON.parse(process.argv[2] ?? '');
  const { promise: never } = Promise.withResolvers<[]>();
  const hanging = collector(() => {
    report({ reacts: true });
    return never;
  });
  const config = readConfig({ home }, { EPOCHLOG_PORT: '0', EPOCHLOG_LOG_LEVEL: 'silent', ...environment });
  const services = { loadServices: async () => [hanging], usesWarehouse: false };
  await runUntilInterrupted(config, services, () => {});
}
