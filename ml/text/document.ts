/** What a classifier reads. Both parts are cleaned text. */
export interface Document {
  readonly title: string;
  readonly abstract: string;
}

/** The one text that is featurised: the title, said `titleWeight` times because it says most, and the abstract. */
export function composeText({ title, abstract }: Document, titleWeight: number): string {
  return `${title}\n`.repeat(titleWeight) + abstract;
}
