import type { FunctionComponent } from 'preact';

export interface PageProps {
  /** what follows the path of the page, such as the id of a run; empty for the page itself */
  rest: string;
  parameters: URLSearchParams;
}

export type PageView = FunctionComponent<PageProps>;

export interface Page {
  /** below the base; the first page has none */
  path: string;
  title: string;
  /** its script, pages/ and the path, comes when it is opened: the first page does not wait for those of all others */
  load(): Promise<PageView>;
}
