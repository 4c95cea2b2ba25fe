import type { Command } from 'commander';
import type { Config } from '../../infra/config/schema.ts';
import { lockHolder } from '../../infra/home.ts';
import { lagOf } from '../../kernel/runtime/lag.ts';
import { measure } from '../../ml/metrics/format.ts';
import type { Store } from '../../operations/session.ts';
import { type ModelStatus, modelStatuses, type OpenAlert, openAlerts } from '../../operations/status.ts';
import { ALL_STREAMS, CATALOGUE } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { about } from '../help.ts';
import { toMinute } from '../moment.ts';
import { type Output, table } from '../output.ts';
import { loadServices } from '../services.ts';
import { withStore } from '../store.ts';

interface Status {
  readonly home: string;
  /** of the log */
  readonly events: number;
  /** the process that runs the services of the home; null when there is none, or they run on a cluster */
  readonly services: { pid: number; url: string | null } | null;
  /** records that a service has not processed, by service; those that have none are left out */
  readonly lag: Readonly<Record<string, number>>;
  readonly models: readonly ModelStatus[];
  readonly alerts: readonly OpenAlert[];
  /** open ones */
  readonly deadLetters: number;
}

/** `epochlog status`: everything at a glance, from the log alone: no service is started. */
export function register(program: Command): void {
  const status = about(program.command('status'), 'start', [
    'npx epochlog status',
    'npx epochlog status --json',
  ]).description('what serves, since when, what is open: models, services, lag, alerts, dead letters');
  action(status, async (_, { config, output }) => {
    const told = await withStore(config, (store) => read(store, config));
    output.result(told);
    print(told, config, output);
  });
}

async function read({ events, log, deadLetters }: Store, config: Config): Promise<Status> {
  const services = (await loadServices()).filter(({ runs }) => runs !== 'everywhere'); // these commit no offsets
  const lags = await lagOf(services, log, CATALOGUE);
  const ends = await events.endOffsets(ALL_STREAMS);
  const holder = config.log ? null : await lockHolder(config.home);
  return {
    home: config.home,
    events: ends.reduce((sum, { offset }) => sum + offset, 0),
    services: holder && !holder.isCommand ? { pid: holder.pid, url: holder.url ?? null } : null,
    lag: Object.fromEntries([...lags].filter(([, records]) => records > 0)),
    models: await modelStatuses(events),
    alerts: await openAlerts(events),
    deadLetters: (await deadLetters.list()).length,
  };
}

function print(
  { home, events, services, lag, models, alerts, deadLetters }: Status,
  config: Config,
  output: Output,
): void {
  const behind = Object.entries(lag).map(([service, records]) => `${service} ${records}`);
  output.line(`log       ${events.toLocaleString('en')} records in ${config.log ? 'Kafka' : home}`);
  output.line(`services  ${running(services, config)}`);
  output.line(`lag       ${behind.length === 0 ? 'none: everything is processed' : behind.join(', ')}`);
  if (deadLetters > 0)
    output.line(output.paint('bad', `${deadLetters} open dead letters: npx epochlog dlq list`));
  output.line(`\n${output.paint('heading', 'Models')}`);
  if (models.length === 0)
    output.line(
      '  none yet: `npx epochlog train` trains one, `npx epochlog init FILE` begins with your data',
    );
  else
    output.line(
      table(['model', 'version', 'since', 'on its test', 'served'], models.map(modelRow), output.width),
    );
  if (alerts.length === 0) return;
  output.line(`\n${output.paint('heading', 'Open alerts')}`);
  const rows = alerts.map(({ since, model, version, cause, reason }) => [
    toMinute(since),
    `${model} ${version}`,
    `${cause}: ${reason}`,
  ]);
  output.line(table(['since', 'of', 'why'], rows, output.width));
}

function running(services: Status['services'], config: Config): string {
  if (config.api ?? config.log) return config.api ?? 'those of the cluster';
  return services
    ? `process ${services.pid}${services.url ? ` at ${services.url}` : ', starting'}`
    : 'none run: `npx epochlog up` runs them';
}

function modelRow({ model, version, since, primaryMetric, value, served }: ModelStatus): string[] {
  const measured =
    primaryMetric === null || value === null ? '-' : `${primaryMetric} ${measure(primaryMetric, value)}`;
  const by = served.map(({ instance, version }) =>
    version === null ? `${instance} cannot` : `by ${instance}`,
  );
  return [model, version ?? '-', since === null ? '-' : toMinute(since), measured, by.join(', ') || '-'];
}
