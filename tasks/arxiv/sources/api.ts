import { EpochlogError } from '../../../kernel/errors.ts';
import type { Page, Query, RemoteSource } from '../../source.ts';
import { idIn, isWithdrawn, type Listed, versionIn } from '../feeds/entry.ts';
import { assertKnown, categoriesIn, dayBefore } from '../feeds/query.ts';
import { children, countOf, type Element, parseXml, textOf } from '../feeds/xml.ts';

const PAGE = 200;
/** Far into a list the API answers with errors: from there on a page begins at the time of the last paper instead. */
const MAX_START = 8_000;
const MAX_PER_CATEGORY = 100_000;
const FIRST_MINUTE = '199101010000';
const LAST_MINUTE = '299912312359';

/** Where a page begins: in the list of one category after the other. */
interface Place {
  /** index of the category */
  readonly category: number;
  readonly start: number;
  /** how many the list had when it was last asked for, so that an empty page in the middle is noticed */
  readonly total: number;
  /** papers of this category so far, and of those before */
  readonly taken: number;
  readonly before: number;
  /** YYYYMMDDhhmm, where a list that is too long is begun again */
  readonly since: string | null;
}

const FIRST: Place = { category: 0, start: 0, total: 0, taken: 0, before: 0, since: null };

/** arXiv's API: so many papers of each primary category, by the time of their submission. https://info.arxiv.org/help/api/user-manual.html */
export const source: RemoteSource = {
  name: 'arxiv',
  task: 'arxiv',
  description: "papers from arXiv's API, so many of each category",
  address: 'https://export.arxiv.org',
  pauseMs: 3_000,
  options: ['categories', 'perCategory'],
  check(query) {
    assertKnown(query, source.options);
    const { categories, perCategory = '1000' } = query.options;
    const options = {
      categories: categoriesIn(categories).join(','),
      perCategory: String(limitIn(perCategory)),
    };
    return { ...query, options };
  },
  request(query, cursor) {
    const { category, start, since } = placeOf(cursor);
    const parameters = new URLSearchParams({
      search_query: `cat:${categoriesOf(query)[category]} AND submittedDate:[${since ?? firstMinute(query)} TO ${lastMinute(query)}]`,
      sortBy: 'submittedDate',
      sortOrder: query.from === null ? 'descending' : 'ascending', // without a beginning the newest are meant
      start: String(start),
      max_results: String(PAGE),
    });
    return `/api/query?${parameters}`;
  },
  read(query, cursor, answer) {
    const { element: feed, fault } = parseXml(answer, 'feed');
    if (!feed) return { fault };
    const entries = children(feed, 'entry');
    const [first] = entries;
    if (first && /\/api\/errors/.test(textOf(first, 'id') ?? '')) {
      return {
        fault: {
          reason: `arXiv refuses the request: ${textOf(first, 'summary') ?? 'without a reason'}`,
          isRetriable: false,
        },
      };
    }
    const place = placeOf(cursor);
    const total = countOf(textOf(feed, 'totalResults')) ?? 0;
    if (entries.length === 0 && Math.max(total, place.total) > place.start) {
      const reason = `the page at ${place.start} of ${Math.max(total, place.total)} came without entries, as the API does at times`;
      return { fault: { reason, isRetriable: true } };
    }
    return pageOf(query, place, total, entries.map(listedIn));
  },
};

function limitIn(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text) && Number(text) <= MAX_PER_CATEGORY) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--per-category takes a number from 1 to 100,000, not '${text}'`);
}

const categoriesOf = ({ options }: Query): string[] => options.categories!.split(',');
const limitOf = ({ options }: Query): number => Number(options.perCategory);
const placeOf = (cursor: string | null): Place => (cursor === null ? FIRST : JSON.parse(cursor));

const firstMinute = ({ from }: Query): string =>
  from === null ? FIRST_MINUTE : `${from.replaceAll('-', '')}0000`;
const lastMinute = ({ to }: Query): string =>
  to === null ? LAST_MINUTE : `${dayBefore(to).replaceAll('-', '')}2359`;

/** Papers that are only cross-listed in the category belong to another one. */
function pageOf(query: Query, place: Place, total: number, listed: readonly Listed[]): Page {
  const categories = categoriesOf(query);
  const limit = limitOf(query);
  const own = listed.filter(({ primary_category }) => primary_category === categories[place.category]);
  const rows = own.slice(0, limit - place.taken);
  const taken = place.taken + rows.length;
  const start = place.start + listed.length;
  const isOver = taken >= limit || listed.length === 0 || start >= total;
  const expected = isOver ? taken : Math.min(limit, Math.max(taken, Math.round((total * taken) / start)));
  const after = categories.length - place.category - 1;
  const next = isOver
    ? after > 0 && { ...FIRST, category: place.category + 1, before: place.before + taken }
    : following({ ...place, start, total, taken }, listed, query.from !== null);
  return {
    rows: rows.map((row) => ({ ...row })),
    next: next ? JSON.stringify(next) : null,
    total: place.before + expected * (after + 1),
  };
}

/** A place far into a list is that list again, from the last paper's minute on; what comes twice is known by its id. */
function following(place: Place, listed: readonly Listed[], isAscending: boolean): Place {
  const last = listed.at(-1)?.published.replaceAll(/\D/g, '').slice(0, 12);
  if (place.start < MAX_START || !isAscending || !last || last === place.since) return place;
  return { ...place, start: 0, total: 0, since: last };
}

function listedIn(entry: Element): Listed {
  const abstract = textOf(entry, 'summary') ?? '';
  const categories = children(entry, 'category').map((category) => String(category['@term'] ?? ''));
  const primary = children(entry, 'primary_category').map((category) => String(category['@term'] ?? ''));
  const primaryCategory = primary[0] ?? categories[0] ?? '';
  const id = textOf(entry, 'id') ?? '';
  return {
    arxiv_id: idIn(id),
    title: textOf(entry, 'title') ?? '',
    abstract,
    authors: children(entry, 'author').flatMap((author) => textOf(author, 'name') ?? []),
    categories: [primaryCategory, ...categories.filter((category) => category !== primaryCategory)],
    primary_category: primaryCategory,
    published: textOf(entry, 'published') ?? '',
    withdrawn: isWithdrawn(abstract, textOf(entry, 'comment') ?? ''),
    version: versionIn(id),
    updated: textOf(entry, 'updated'),
  };
}
