import { EpochlogError } from '../../kernel/errors.ts';
import { didYouMean, suggestion } from '../../kernel/nearest.ts';
import type { NamedQuery } from '../../kernel/ports/warehouse.ts';

/** What a path that names nothing is answered with: NOT_FOUND, and what may be meant. */
export const notFound = (what: string, name: string, known: Iterable<string>): EpochlogError =>
  new EpochlogError('NOT_FOUND', `there is no ${what} ${name}; ${suggestion(name, known)}`);

/** The same of a run, dataset or search, of which there may be many: the nearest of the latest. */
export async function notListed(
  query: NamedQuery,
  what: 'run' | 'dataset' | 'search',
  id: string,
): Promise<EpochlogError> {
  const list = what === 'search' ? 'searches' : `${what}s`;
  const rows = await query<Record<string, string>>(`${list}/list`, {
    model: null,
    status: null,
    limit: 1_000,
  });
  const meant = didYouMean(
    id,
    rows.map((row) => row[`${what}Id`] ?? ''),
  );
  return new EpochlogError(
    'NOT_FOUND',
    `there is no ${what} ${id}${meant || ':'} GET /v1/${list} lists those there are`,
  );
}

const modelNames = async (query: NamedQuery): Promise<string[]> =>
  (await query<{ model: string }>('models/names')).map(({ model }) => model);

export const modelNotFound = async (query: NamedQuery, model: string): Promise<EpochlogError> =>
  notFound('model', model, await modelNames(query));

/** NOT_FOUND unless a model is declared, or has versions. */
export async function assertModelKnown(query: NamedQuery, model: string): Promise<void> {
  const known = await modelNames(query);
  if (!known.includes(model)) throw notFound('model', model, known);
}

/** A row of `versions/by-version`. NOT_FOUND when the model has no such version. */
export async function versionOf<Version extends { version: string }>(
  query: NamedQuery,
  model: string,
  version: string,
): Promise<Version> {
  const [found] = await query<Version>('versions/by-version', { model, version });
  if (found) return found;
  await assertModelKnown(query, model);
  const all = await query<{ version: string }>('versions/list', { model, limit: 1_000 });
  throw notFound(
    `version of ${model}`,
    version,
    all.map((row) => row.version),
  );
}
