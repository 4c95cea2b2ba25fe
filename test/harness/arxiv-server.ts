import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, SYSTEM_CLOCK } from '../../kernel/clock.ts';

/** A paper that the server lists. */
export interface ServedPaper {
  id: string;
  category: string;
  /** YYYY-MM-DDThh:mm:ssZ */
  published: string;
  title?: string;
  abstract?: string;
  comment?: string;
}

/** Answers a request in place of the server; undefined: the server answers. `count` is that of the request, from 1. */
export type Disturbance = (
  count: number,
  url: URL,
) =>
  | { status: number; headers?: Record<string, string>; body?: string | Uint8Array }
  | 'hang'
  | 'cut'
  | undefined;

export interface ArxivServer extends AsyncDisposable {
  /** without a slash at its end */
  readonly url: string;
  /** the requests that came, and when by the clock of the server, in milliseconds since the epoch */
  readonly requests: { path: string; at: number }[];
}

/** Serves papers as arXiv's API and its OAI-PMH do, on 127.0.0.1; with faults where a test wants them. */
export async function startArxivServer(
  papers: readonly ServedPaper[],
  {
    disturb = () => undefined,
    oaiPage = 100,
    clock = SYSTEM_CLOCK,
  }: { disturb?: Disturbance; oaiPage?: number; clock?: Pick<Clock, 'now'> } = {},
): Promise<ArxivServer> {
  const requests: { path: string; at: number }[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    requests.push({ path: request.url ?? '', at: clock.now() });
    const disturbed = disturb(requests.length, url);
    if (disturbed === 'hang') return;
    const isApi = url.pathname.startsWith('/api/');
    const body = isApi ? atomPage(papers, url.searchParams) : oaiList(papers, url.searchParams, oaiPage);
    if (disturbed === 'cut') response.end(body.slice(0, body.length / 2));
    else if (disturbed) response.writeHead(disturbed.status, disturbed.headers).end(disturbed.body);
    else response.writeHead(200, { 'content-type': 'application/xml' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const WORDS =
  'We study a method for systems that learn from data and show with proofs and experiments that it is faster than others on the tasks that matter to people who build such systems in practice while its cost stays within the bounds that were known before and its results hold for all inputs of that size';

/** So many papers of each category, one an hour, of distinct titles. */
export const servedPapers = (categories: readonly string[], each: number): ServedPaper[] =>
  Array.from({ length: each * categories.length }, (_, i) => ({
    id: `2401.${String(i).padStart(5, '0')}v1`,
    category: categories[i % categories.length]!,
    published: new Date(Date.UTC(2024, 0, 1, i)).toISOString().replace('.000', ''),
  }));

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const titleOf = ({ id, title = `A study of ${id.replace(/v\d+$/, '')}` }: ServedPaper) => escaped(title);
const abstractOf = ({ abstract = WORDS }: ServedPaper) => escaped(abstract);

function atomPage(papers: readonly ServedPaper[], query: URLSearchParams): string {
  const asked = query.get('search_query') ?? '';
  const [, category] = /cat:(\S+)/.exec(asked) ?? [];
  const [, first = '', last = ''] = /submittedDate:\[(\d{12}) TO (\d{12})\]/.exec(asked) ?? [];
  const minuteOf = ({ published }: ServedPaper) => published.replaceAll(/\D/g, '').slice(0, 12);
  const listed = papers.filter(
    (paper) => paper.category === category && minuteOf(paper) >= first && minuteOf(paper) <= last,
  );
  if (query.get('sortOrder') === 'descending') listed.reverse();
  const start = Number(query.get('start'));
  const entries = listed.slice(start, start + Number(query.get('max_results'))).map(
    (paper) => `
  <entry>
    <id>http://arxiv.org/abs/${paper.id}</id>
    <title>${titleOf(paper)}</title>
    <summary>${abstractOf(paper)}</summary>
    <category term="stat.ML" scheme="http://arxiv.org/schemas/atom"/>
    <category term="${paper.category}" scheme="http://arxiv.org/schemas/atom"/>
    <published>${paper.published}</published>
    <arxiv:comment>${escaped(paper.comment ?? '9 pages')}</arxiv:comment>
    <arxiv:primary_category term="${paper.category}"/>
    <author><name>Ada Byron</name></author>
  </entry>`,
  );
  return `<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <opensearch:totalResults>${listed.length}</opensearch:totalResults>
  <opensearch:startIndex>${start}</opensearch:startIndex>${entries.join('')}
</feed>`;
}

function oaiList(papers: readonly ServedPaper[], query: URLSearchParams, size: number): string {
  const token = query.get('resumptionToken');
  const [start, from, until] = token
    ? token.split('|')
    : ['0', query.get('from') ?? '', query.get('until') ?? '9'];
  const listed = papers.filter(({ published }) => published >= from! && published.slice(0, 10) <= until!);
  const page = listed.slice(Number(start), Number(start) + size);
  const next = Number(start) + page.length;
  const records = page.map(
    (paper) => `<record><header><identifier>oai:arXiv.org:${paper.id}</identifier></header><metadata><arXiv>
    <id>${paper.id.replace(/v\d+$/, '')}</id><created>${paper.published.slice(0, 10)}</created>
    <authors><author><keyname>Byron</keyname><forenames>Ada</forenames></author></authors>
    <title>${titleOf(paper)}</title><categories>${paper.category} stat.ML</categories>
    <comments>${escaped(paper.comment ?? '9 pages')}</comments><abstract>  ${abstractOf(paper)}
    </abstract></arXiv></metadata></record>`,
  );
  const more = next < listed.length ? `${next}|${from}|${until}` : '';
  const body =
    listed.length === 0
      ? '<error code="noRecordsMatch">none</error>'
      : `<ListRecords>${records.join('')}<resumptionToken completeListSize="${listed.length}">${more}</resumptionToken></ListRecords>`;
  return `<?xml version="1.0" encoding="UTF-8"?><OAI-PMH>${body}</OAI-PMH>`;
}
