import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { identifier } from '../../kernel/texts.ts';
import { loadSources, type RemoteSource } from '../../tasks/source.ts';

export const sources = await loadSources();

/** NOT_FOUND, with the nearest one. */
export function sourceNamed(name: string): RemoteSource {
  const source = sources.get(name);
  if (source) return source;
  throw new EpochlogError('NOT_FOUND', `no remote source '${name}': ${suggestion(name, sources.keys())}`);
}

/** What is asked of a remote source. */
export const sourceOptions = z
  .record(identifier, identifier)
  .meta({ maxProperties: 20 }) // the source refuses options that it does not have
  .default({})
  .describe('of a remote source: what is asked for, by its options; `GET /v1/sources` lists them');
