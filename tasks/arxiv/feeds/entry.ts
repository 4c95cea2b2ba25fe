/** What a feed says of a paper, as `read` of the task takes it. */
export interface Listed {
  readonly arxiv_id: string;
  readonly title: string;
  readonly abstract: string;
  readonly authors: readonly string[];
  readonly categories: readonly string[];
  readonly primary_category: string;
  readonly published: string;
  readonly withdrawn: boolean;
  /** from 1; undefined where the feed does not say */
  readonly version: number | undefined;
  /** when that version came */
  readonly updated: string | undefined;
}

/** `http://arxiv.org/abs/quant-ph/0201082v1`, `oai:arXiv.org:0704.0999` and `2405.00001v3` without what is around the id. */
export const idIn = (text: string): string =>
  text.replace(/^(?:https?:\/\/[^/]+\/abs\/|oai:arXiv\.org:)/i, '').replace(/v\d+$/, '');

/** The version at the end of an id, such as 3 of `2405.00001v3`. */
export function versionIn(text: string): number | undefined {
  const [, version] = /v([1-9]\d{0,3})$/.exec(text) ?? [];
  return version === undefined ? undefined : Number(version);
}

/** Authors and administrators say so in the comment, or in place of the abstract: there is no field for it. */
export const isWithdrawn = (abstract: string, comment: string): boolean =>
  /\bwithdrawn\b/i.test(comment) ||
  /^\W*(?:this|the) (?:paper|submission|article|manuscript|work|preprint)\b.{0,80}\bwithdrawn\b/i.test(
    abstract,
  );
