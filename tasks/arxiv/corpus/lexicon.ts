/** What a word can stand for in a sentence. */
export type Kind = 'tasks' | 'methods' | 'objects' | 'qualities' | 'measures';

/**
 * Words by kind, the most frequent first: tasks without article ("query planning"), methods in the singular
 * ("cost model"), objects in the plural ("tables"), qualities as adjectives, measures without article.
 */
export type Lexicon = Readonly<Record<Kind, readonly string[]>>;

/** A lexicon that comes and goes; times in percent of the corpus's span, beyond 0 and 100 for "always". */
export interface Era extends Lexicon {
  readonly from: number;
  readonly until: number;
}

export interface Topic {
  readonly label: string;
  /** Topics it is cross-listed with, the most frequent first. */
  readonly neighbours: readonly string[];
  readonly core: Lexicon;
  readonly eras: readonly Era[];
}

/** Terms written as one line, separated by commas. */
export function terms(line: string): readonly string[] {
  return line.split(',').map((term) => term.trim());
}
