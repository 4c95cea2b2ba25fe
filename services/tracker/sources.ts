import { posix } from 'node:path';
import { invalid } from './errors.ts';
import type { RegisteredVersion } from './state/entities.ts';
import type { Tracking } from './state/tracking.ts';

const MAX_DECODINGS = 10;
const SCHEME = /^[a-z][a-z\d+.-]+:/i;

/**
 * A source of a version is an absolute URI, without `..`, however it is encoded; or a path of files below the artifacts of the run or
 * model that it is made of. INVALID_PARAMETER_VALUE.
 */
export function assertSource(source: string, artifactUri: string | undefined): void {
  if (isLocal(source)) {
    if (artifactUri !== undefined && isLocal(artifactUri) && isBelow(source, artifactUri)) return;
    throw invalid(
      `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id or model_id request ` +
        'parameter has to be specified and the local path has to be contained within the artifact directory of the run or model specified by it. ' +
        'Log the files as artifacts, and give their URI.',
    );
  }
  const decoded = fullyDecoded(source);
  const path = decoded.replace(SCHEME, '').replace(/[?#].*$/s, '');
  const isPlain = !decoded.split(/[/\\]/).includes('..') && !decoded.includes('\0');
  if (isPlain && !/\/\.(\/|$)/.test(path)) return;
  throw invalid(
    `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or ` +
      'mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.',
  );
}

const OF_VERSION = /^models:\/+([^/]+)\/(\d{1,9})$/;
/** a version may be a copy of one that is a copy */
const MAX_COPIES = 20;

/** The URI of the files of a version: of the logged model or the other version that it is made of. */
export function filesOf(state: Tracking, { source, modelId }: RegisteredVersion, copies = 0): string {
  const logged = state.models.get(modelId ?? source.replace(/^models:\/+/, ''));
  if (logged) return logged.artifactUri;
  const [, name = '', number] = OF_VERSION.exec(source) ?? [];
  const original = state.registered.get(name)?.versions.get(Number(number));
  if (original && copies < MAX_COPIES) return filesOf(state, original, copies + 1);
  return source;
}

const isLocal = (uri: string): boolean => /^file:/i.test(uri) || uri.startsWith('/') || uri.startsWith('\\');

function isBelow(path: string, folder: string): boolean {
  const [inner, outer] = [path, folder].map((uri) =>
    posix.resolve(fullyDecoded(uri).replace(/^file:\/*/i, '/')),
  );
  return inner === outer || inner!.startsWith(`${outer}/`);
}

function fullyDecoded(text: string): string {
  for (let i = 0; i < MAX_DECODINGS; i++) {
    const decoded = decodedOnce(text);
    if (decoded === text) return text;
    text = decoded;
  }
  throw invalid('Invalid model version source: it is encoded more than ten times');
}

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that is none of an encoding
  }
}
