import type { Page, RemoteSource } from '../../source.ts';
import { idIn, isWithdrawn, type Listed } from '../feeds/entry.ts';
import { assertKnown, categoriesIn, dayBefore } from '../feeds/query.ts';
import { children, countOf, type Element, parseXml, textOf } from '../feeds/xml.ts';

/**
 * arXiv's harvesting interface, for all that was changed since a day: a thousand records a request.
 * https://info.arxiv.org/help/oa/index.html, https://www.openarchives.org/OAI/openarchivesprotocol.html
 */
export const source: RemoteSource = {
  name: 'arxiv-oai',
  task: 'arxiv',
  description: "all papers that arXiv's OAI-PMH lists as changed since a day, in bulk",
  address: 'https://oaipmh.arxiv.org',
  pauseMs: 3_000,
  options: ['categories'],
  check(query) {
    assertKnown(query, source.options);
    return { ...query, options: { categories: categoriesIn(query.options.categories).join(',') } };
  },
  request({ from, to }, cursor) {
    const parameters =
      cursor === null
        ? {
            verb: 'ListRecords',
            metadataPrefix: 'arXiv',
            set: 'cs',
            ...(from !== null && { from }),
            ...(to !== null && { until: dayBefore(to) }),
          }
        : { verb: 'ListRecords', resumptionToken: cursor };
    return `/oai?${new URLSearchParams(parameters)}`;
  },
  read({ options }, _cursor, answer): Page {
    const { element: root, fault } = parseXml(answer, 'OAI-PMH');
    if (!root) return { fault };
    const [error] = children(root, 'error');
    const code = error?.['@code'];
    if (code === 'noRecordsMatch') return { rows: [], next: null, total: 0 };
    if (error) {
      // An expired token is no use, however often it is sent: what was collected stays, and a new request goes on from a day.
      const reason = `arXiv refuses the request: ${String(code)}, ${textOf(root, 'error') ?? ''}`;
      return { fault: { reason, isRetriable: false } };
    }
    const [list] = children(root, 'ListRecords');
    if (!list) return { fault: { reason: 'the answer has no ListRecords', isRetriable: true } };
    const wanted = options.categories!.split(',');
    const rows = children(list, 'record')
      .flatMap((record) => children(record, 'metadata').flatMap((metadata) => children(metadata, 'arXiv')))
      .map(listedIn)
      .filter(({ primary_category }) => wanted.includes(primary_category));
    const [token] = children(list, 'resumptionToken');
    return {
      rows: rows.map((row) => ({ ...row })),
      next: textOf(list, 'resumptionToken') || null, // an empty one ends the list
      total: countOf(token?.['@completeListSize']),
    };
  },
};

function listedIn(paper: Element): Listed {
  const abstract = textOf(paper, 'abstract') ?? '';
  const categories = (textOf(paper, 'categories') ?? '').split(' ').filter(Boolean);
  const [authors = {}] = children(paper, 'authors');
  return {
    arxiv_id: idIn(textOf(paper, 'id') ?? ''),
    title: textOf(paper, 'title') ?? '',
    abstract,
    authors: children(authors, 'author').map((author) =>
      ['forenames', 'keyname', 'suffix'].flatMap((part) => textOf(author, part) || []).join(' '),
    ),
    categories,
    primary_category: categories[0] ?? '',
    published: textOf(paper, 'created') ?? '',
    withdrawn: isWithdrawn(abstract, textOf(paper, 'comments') ?? ''),
    version: undefined, // this format has none
    updated: textOf(paper, 'updated') ?? textOf(paper, 'created'),
  };
}
