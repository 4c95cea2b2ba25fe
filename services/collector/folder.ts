import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { digestOf } from '../../kernel/bundle.ts';
import { EpochlogError, messageOf, systemCodeOf } from '../../kernel/errors.ts';
import { type NewEvent, newEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { FolderCollectionRequested } from '../../schemas/events.generated.ts';

/** How long a file must not have changed to be taken for complete. */
export const SETTLE_MS = 2_000;
/** Files of a folder that one request takes; the others are new for the next one. */
const MAX_FILES = 1_000;

/** A file of a folder as it is now. */
export interface Seen {
  readonly name: string;
  /** bytes */
  readonly size: number;
  /** milliseconds since the epoch */
  readonly changedAt: number;
}

/** Hidden files, and names under which programs write what is not complete. */
const UNFINISHED = /^\.|~$|\.(part|partial|tmp|temp|crdownload|download|swp)$/i;

/** Whether a file may be complete, by its name and size. */
export const mayBeComplete = ({ name, size }: Seen): boolean => size > 0 && !UNFINISHED.test(name);

/** The files of a folder, by name; folders within it are none. It throws what `readdir` does. */
export async function filesOf(folder: string): Promise<Seen[]> {
  const files: Seen[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const found = await stat(join(folder, name)).catch(() => undefined); // it may be gone
    if (found?.isFile()) files.push({ name, size: found.size, changedAt: found.mtimeMs });
  }
  return files;
}

/** The digests of the files of a task that were collected as a whole, or will be: requests that did not fail. */
export async function collectedFiles(
  { events }: Pick<ServiceContext, 'events'>,
  task: string,
): Promise<Set<string>> {
  const sources = new Map<string, string>();
  for await (const { type, data } of events.scan(['CollectionRequested', 'CollectionFailed'])) {
    if (data.task !== task) continue;
    if (type === 'CollectionFailed') sources.delete(data.collectionId);
    else if (data.from === null && data.to === null) sources.set(data.collectionId, data.source);
  }
  return new Set(sources.values());
}

type Context = Pick<
  ServiceContext<{ folders?: string | undefined }>,
  'artifacts' | 'clock' | 'events' | 'settings'
>;

/**
 * Asks for a collection of each complete file of a folder whose content was not collected before.
 *
 * @throws EpochlogError INPUT_UNREADABLE for a folder that cannot be read; INPUT_INVALID for one that the settings do not
 * allow: who may ask over HTTP may not read every folder of the machine
 */
export async function readFolder(request: FolderCollectionRequested, context: Context): Promise<NewEvent[]> {
  const { collectionId, task, folder, requestedBy } = request;
  const path = await allowed(folder, context.settings.folders);
  const now = context.clock.now();
  const all = await filesOf(path);
  const complete = all.filter((file) => mayBeComplete(file) && now - file.changedAt >= SETTLE_MS);
  const known = await collectedFiles(context, task);
  const requests: NewEvent<'CollectionRequested'>[] = [];
  let repeated = 0;
  for (const { name } of complete) {
    if (requests.length === MAX_FILES) break;
    const bytes = await readFile(join(path, name));
    const source = digestOf(bytes);
    if (known.has(source)) {
      repeated += 1;
      continue;
    }
    known.add(source);
    await context.artifacts.put(bytes);
    const file = { task, source, sourceName: name, generated: false, from: null, to: null, requestedBy };
    const id = `${collectionId}-${requests.length + 1}`;
    requests.push(newEvent('CollectionRequested', { collectionId: id, ...file }));
  }
  const unfinished = all.length - complete.length;
  const collected = requests.map(({ data }) => data.sourceName);
  const read = { collectionId, task, folder, collected, known: repeated, unfinished };
  return [newEvent('FolderRead', read), ...requests];
}

/** The real path of a folder that is one of those of the settings, or within one. */
async function allowed(folder: string, folders = ''): Promise<string> {
  const path = await realPathOf(folder);
  const roots = folders.split(',').filter((root) => root.trim() !== '');
  for (const root of roots) {
    const real = await realpath(resolve(root.trim())).catch(() => undefined);
    const inside = real === undefined ? '..' : relative(real, path);
    if (!inside.startsWith('..') && !isAbsolute(inside)) return path;
  }
  throw new EpochlogError(
    'INPUT_INVALID',
    `${folder} is none of the folders that may be collected: name it in EPOCHLOG_COLLECTOR_FOLDERS where the collector runs`,
  );
}

async function realPathOf(folder: string): Promise<string> {
  try {
    const path = await realpath(resolve(folder));
    await readdir(path);
    return path;
  } catch (error) {
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such folder' : messageOf(error);
    throw new EpochlogError('INPUT_UNREADABLE', `cannot read the folder ${folder}: ${why}`, { cause: error });
  }
}
