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
}

/** `http://arxiv.org/abs/quant-ph/0201082v1`, `oai:arXiv.org:0704.0999` and `2405.00001v3` without what is around the id. */
export const idIn = (text: string): string =>
  text.replace(/^(?:https?:\/\/[^/]+\/abs\/|oai:arXiv\.org:)/i, '').replace(/v\d+$/, '');

/** Authors and administrators say so in the comment, or in place of the abstract: there is no field for it. */
export const isWithdrawn = (abstract: string, comment: string): boolean =>
  /\bwithdrawn\b/i.test(comment) ||
  /^\W*(?:this|the) (?:paper|submission|article|manuscript|work|preprint)\b.{0,80}\bwithdrawn\b/i.test(
    abstract,
  );
