import { existsSync } from 'node:fs';
import type { Config } from '../../infra/config/schema.ts';
import { pathsOf } from '../../infra/home.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { type Conflict, conflictOf } from '../../operations/lifecycle/conflict.ts';
import { readBegun } from '../../operations/lifecycle/progress.ts';
import { loadTasks } from '../../tasks/load.ts';
import { withStore } from '../store.ts';
import { type LifecycleModel, modelFor, NOTHING_DECLARED } from './model.ts';

/** What a lifecycle is to be of. */
interface Wanted {
  readonly model: string;
  readonly cut: string;
  /** the digest of its records, and what they are called */
  readonly records: (task: string) => Promise<{ source: string; name: string }>;
}

export interface Chosen {
  readonly home: string;
  readonly model: LifecycleModel;
  /** what the usual home holds already; undefined when it is the usual home */
  readonly instead: Conflict | undefined;
}

/**
 * The home for a lifecycle, before any service starts: the configured one, or beside it one of its own where the user
 * named none and the usual one holds another lifecycle. CONFLICT where that is no way out.
 */
export async function homeFor(config: Config, isNamed: boolean, wanted: Wanted): Promise<Chosen> {
  const { conflict, model, name } = await look(config, wanted);
  if (!conflict) return { home: config.home, model, instead: undefined };
  const home = `${config.home}-${slugOf(name)}`;
  const isElsewhere = conflict.solution === 'elsewhere' && !isNamed && !config.log;
  const other = isElsewhere ? await modelIn(home, config, model, wanted) : undefined;
  if (other) return { home, model: other, instead: conflict };
  throw new EpochlogError('CONFLICT', `${config.home} already holds ${conflict.reason}; ${conflict.advice}`);
}

/** Undefined where that home holds another lifecycle too, or would not know the task: only the usual one declares it. */
async function modelIn(
  home: string,
  config: Config,
  model: LifecycleModel,
  wanted: Wanted,
): Promise<LifecycleModel | undefined> {
  if (!existsSync(pathsOf(home).log)) return (await loadTasks()).has(model.task.name) ? model : undefined;
  const found = await look({ ...config, home }, wanted);
  return found.conflict ? undefined : found.model;
}

async function look(config: Config, { model: nameOrFile, cut, records }: Wanted) {
  const of = async (model: LifecycleModel, begun: Awaited<ReturnType<typeof readBegun>>) => {
    const task = model.task.name;
    const { source, name } = await records(task);
    return { model, name, conflict: conflictOf(begun, { model: model.model, task, source, cut }) };
  };
  if (!config.log && !existsSync(pathsOf(config.home).log))
    return of(await modelFor(NOTHING_DECLARED, nameOrFile), []);
  return withStore(config, async ({ events }) =>
    of(await modelFor(events, nameOrFile), await readBegun(events)),
  );
}

/** What a folder may be called for a file: its name up to the first dot. */
const slugOf = (name: string): string =>
  name
    .replace(/\..*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'other';
