import { basename } from 'node:path';
import { Option } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { declaredTasks } from '../../operations/declared.ts';
import type { Session } from '../../operations/session.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { loadSourceOptions } from '../../tasks/options.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { loadSources, type RemoteSource } from '../../tasks/source.ts';
import { generatedRecords } from '../generated.ts';
import { readInputFile } from '../input-file.ts';

export interface CollectOptions extends Readonly<Record<string, unknown>> {
  task: string;
  generate?: number;
  from?: string;
  since?: string;
  to?: string;
  continue?: string;
  watch?: string;
  by: string;
}

/** What remote sources can be asked for, as options of the command. */
export const SOURCE_OPTIONS = (await loadSourceOptions()).map(({ name, option: { flags, description } }) => ({
  name,
  option: new Option(flags, description),
}));

export const REMOTE_SOURCES = await loadSources();

/** NOT_FOUND, with the nearest one. */
export function remoteSource(name: string): RemoteSource {
  const source = REMOTE_SOURCES.get(name);
  if (source) return source;
  throw new EpochlogError(
    'NOT_FOUND',
    `no remote source '${name}': ${suggestion(name, REMOTE_SOURCES.keys())}`,
  );
}

/** The request for a collection, once there is a session to put its file into. */
type RequestIn = (session: Session) => Promise<NewEvent<'CollectionRequested' | 'RemoteCollectionRequested'>>;

/**
 * What a command line asks for: the records of a file, generated ones, or those of a remote source.
 *
 * @param now milliseconds since the epoch
 * @throws EpochlogError INPUT_INVALID where it asks for none of them, for several, or for what has not come yet
 */
export async function requestOf(
  asked: string | undefined,
  options: CollectOptions,
  now: number,
): Promise<RequestIn> {
  const { by: requestedBy, from: first, since = first, to = null } = options;
  if (first !== undefined && options.since !== undefined)
    throw new EpochlogError('INPUT_INVALID', 'give --from or --since: they mean the same');
  const collectionId = `cli-${newId(now)}`;
  const about = { collectionId, requestedBy };
  const days = { from: since ?? null, to };
  const source = REMOTE_SOURCES.get(asked ?? '');
  if (source) {
    refuseFuture(days.from, now);
    const query = source.check({ options: sourceOptionsIn(options), ...days });
    const { task, name: sourceName } = source;
    const continues = options.continue ?? null;
    return async () =>
      newEvent('RemoteCollectionRequested', { ...about, task, sourceName, ...query, continues });
  }
  refuseSourceOptions(options, 'in place of a file');
  const { name: sourceName, bytes, generated } = await recordsOf(options.task, asked, options.generate);
  return async ({ artifacts, events }) => {
    const { name: task } = taskNamed(await declaredTasks(events), options.task);
    const source = await artifacts.put(bytes);
    return newEvent('CollectionRequested', { ...about, task, source, sourceName, generated, ...days });
  };
}

/** What a command line asks of a remote source. */
export function sourceOptionsIn(options: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = SOURCE_OPTIONS.flatMap(({ name, option }): [string, string][] => {
    const value = options[option.attributeName()];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return Object.fromEntries(given);
}

function refuseFuture(from: string | null, now: number): void {
  const today = new Date(now).toISOString().slice(0, 10);
  if (from === null || from <= today) return;
  throw new EpochlogError('INPUT_INVALID', `${from} has not come yet, it is ${today}: name a day before`);
}

/** INPUT_INVALID where an option of remote sources is given without one. @param how a source is given */
export function refuseSourceOptions(options: Readonly<Record<string, unknown>>, how: string): void {
  const flag = SOURCE_OPTIONS.find(({ option }) => options[option.attributeName()] !== undefined)?.option
    .long;
  const given = flag ?? (options.continue === undefined ? undefined : '--continue');
  if (given === undefined) return;
  throw new EpochlogError(
    'INPUT_INVALID',
    `${given} is of remote sources alone: give ${[...REMOTE_SOURCES.keys()].join(' or ')} ${how}`,
  );
}

/** The records of a file, or generated ones. */
async function recordsOf(task: string, path: string | undefined, generate: number | undefined) {
  if ((path === undefined) === (generate === undefined)) {
    throw new EpochlogError('INPUT_INVALID', 'give a FILE, or --generate ROWS');
  }
  if (path !== undefined) return { name: basename(path), bytes: await readInputFile(path), generated: false };
  return generatedRecords(task, generate);
}
