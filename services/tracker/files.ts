import { invalid } from './errors.ts';
import { MLFLOW_LIMITS } from './protocol/values.ts';
import type { StoredFile } from './state/entities.ts';

const SCHEME = /^mlflow-artifacts:\/+/;
const UNSAFE = /[\\#]|\p{Cc}/u;

/** Where a file is: what it belongs to, an experiment and a run or model, and its path below that. */
interface Place {
  readonly root: string;
  readonly path: string;
}

/** A path without empty parts. INVALID_PARAMETER_VALUE for one that leaves its folder, is absolute, or no Unicode. */
export function safePath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const isSafe = !path.startsWith('/') && !parts.includes('..') && !UNSAFE.test(path) && path.isWellFormed();
  if (isSafe && path.length <= MLFLOW_LIMITS.path && !/^[a-z]:/i.test(path)) return parts.join('/');
  throw invalid(
    `Invalid path '${path.slice(0, 100)}': it must be relative, without .., \\ and #, and have at most ${MLFLOW_LIMITS.path} characters`,
  );
}

/**
 * The place that a path of artifacts names: `<experiment>/<run>/artifacts/…`, `<experiment>/models/<model>/artifacts/…`, or one
 * below a root that a client gave to its experiment.
 */
export function located(path: string): Place {
  const safe = safePath(path);
  const parts = safe.split('/');
  const end = parts.indexOf('artifacts');
  if (end < 1) return { root: parts[0] || '/', path: parts.slice(1).join('/') };
  const root = parts.slice(0, end).join('/');
  if (root.length > 200)
    throw invalid('Invalid path: the root of its artifacts has more than 200 characters');
  return { root, path: parts.slice(end + 1).join('/') };
}

/** The place of the artifacts of a run or model; undefined where they are not stored here. */
export const placeOf = (artifactUri: string): Place | undefined =>
  SCHEME.test(artifactUri) ? located(artifactUri.replace(SCHEME, '')) : undefined;

/** What is directly in a folder, sorted; each path is its name, as MLflow has it. */
export function filesIn(files: ReadonlyMap<string, StoredFile> | undefined, folder: string) {
  const found = new Map<string, { path: string; is_dir: boolean; file_size?: number }>();
  const prefix = folder === '' ? '' : `${folder}/`;
  for (const [path, { bytes }] of files ?? []) {
    if (!path.startsWith(prefix)) continue;
    const [name = '', ...below] = path.slice(prefix.length).split('/');
    if (below.length > 0) found.set(name, { path: name, is_dir: true });
    else found.set(name, { path: name, is_dir: false, file_size: bytes });
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
