import type { Config } from '../infra/config/schema.ts';
import { lockHolder } from '../infra/home.ts';
import { measure } from '../ml/metrics/format.ts';
import type { ModelStatus } from '../operations/status.ts';
import { toMinute } from './moment.ts';

/** What runs services: a process on this home, or others elsewhere; null when nothing does. */
export type Running = { readonly pid: number; readonly url: string | null } | 'elsewhere' | null;

/** On a cluster, and where EPOCHLOG_API names services, they are taken to run. */
export async function runningServices({ api, log, home }: Config): Promise<Running> {
  if (api ?? log) return 'elsewhere';
  const holder = await lockHolder(home);
  return holder && !holder.isCommand ? { pid: holder.pid, url: holder.url ?? null } : null;
}

export const MODEL_HEADINGS = ['model', 'version', 'since', 'on its test', 'answers now'];

/** A model: what is in production, how good it was on its test samples, and what answers. */
export const modelCells = (status: ModelStatus, running: Running): string[] => [
  status.model,
  versionsOf(status),
  status.since === null ? '-' : toMinute(status.since),
  measured(status),
  answersNow(status, running),
];

/** The version in production, and those in other environments. */
const versionsOf = ({ version, environments }: ModelStatus): string =>
  [version ?? '-', ...environments.map((release) => `${release.environment} ${release.version}`)].join(', ');

const measured = ({ primaryMetric, value }: ModelStatus): string =>
  primaryMetric === null || value === null ? '-' : `${primaryMetric} ${measure(primaryMetric, value)}`;

/** The version that each instance answers with now; none where no service runs. */
export const answering = ({ served }: ModelStatus, running: Running): ModelStatus['served'] =>
  running === null ? [] : served;

function answersNow(status: ModelStatus, running: Running): string {
  const served = answering(status, running);
  if (status.version === null) return '-';
  if (running === null) return 'nothing runs';
  const [first] = served;
  if (!first) return 'nothing yet';
  if (served.every(({ version }) => version === first.version)) return first.version ?? 'nothing';
  return served.map(({ version, instance }) => `${version ?? 'nothing'} at ${instance}`).join(', ');
}
