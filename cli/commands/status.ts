import type { Command } from 'commander';
import type { Config } from '../../infra/config/schema.ts';
import { lagOf } from '../../kernel/runtime/lag.ts';
import type { Store } from '../../operations/session.ts';
import { type ModelStatus, modelStatuses, type OpenAlert, openAlerts } from '../../operations/status.ts';
import { ALL_STREAMS, CATALOGUE } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { answering, MODEL_HEADINGS, modelCells, type Running, runningServices } from '../describe-status.ts';
import { about } from '../help.ts';
import { toMinute } from '../moment.ts';
import { type Output, table } from '../output.ts';
import { loadServices } from '../services.ts';
import { withStore } from '../store.ts';

interface Status {
  readonly home: string;
  /** of the log */
  readonly events: number;
  /** the process that runs the services of the home; null when there is none */
  readonly services: Running;
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
  const running = await runningServices(config);
  const ends = await events.endOffsets(ALL_STREAMS);
  return {
    home: config.home,
    events: ends.reduce((sum, { offset }) => sum + offset, 0),
    services: running,
    lag: Object.fromEntries([...lags].filter(([, records]) => records > 0)),
    models: (await modelStatuses(events)).map((status) => ({
      ...status,
      served: answering(status, running),
    })),
    alerts: await openAlerts(events),
    deadLetters: (await deadLetters.list()).length,
  };
}

function print(
  { home, events, services: running, lag, models, alerts, deadLetters }: Status,
  config: Config,
  output: Output,
): void {
  const behind = Object.entries(lag).map(([service, records]) => `${service} ${records}`);
  output.line(`log       ${events.toLocaleString('en')} records in ${config.log ? 'Kafka' : home}`);
  output.line(`services  ${told(running, config)}`);
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
      table(
        MODEL_HEADINGS,
        models.map((model) => modelCells(model, running)),
        output.width,
      ),
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

function told(running: Running, { api }: Config): string {
  if (running === 'elsewhere') return api ?? 'those of the cluster';
  return running
    ? `process ${running.pid}${running.url ? ` at ${running.url}` : ', starting'}`
    : 'none run: `npx epochlog up` runs them';
}
