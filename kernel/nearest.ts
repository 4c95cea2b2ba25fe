const MAX_LENGTH = 64;
/** that an error lists */
const MAX_NAMES = 12;

/**
 * The known name that is meant by a misspelt one: that with the fewest edits, if these are few for its length. Edits
 * are those of Damerau and Levenshtein (optimal string alignment): insert, delete, replace, swap neighbours.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  let best: { name: string; edits: number } | undefined;
  for (const candidate of known) {
    if (candidate.length > MAX_LENGTH) continue;
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const few = Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
    if (edits <= few && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { name: candidate, edits };
  }
  return best?.name;
}

/** The same within a sentence: `, did you mean 'accuracy'?`; empty when no known name is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const meant = nearest(name, known);
  return meant === undefined ? '' : `, did you mean '${meant}'?`;
}

/** What may be meant by a name that is not known, as a sentence: the nearest known name, or all of them. */
export function suggestion(name: string, known: Iterable<string>): string {
  const names = [...known];
  const meant = nearest(name, names);
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (names.length === 0) return 'there is none.';
  return `there is ${listed(names)}.`;
}

/** Names as an error lists them: the first ones, and how many more there are. */
export function listed(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return `${names.slice(0, MAX_NAMES).join(', ')}${more}`;
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (i > 1 && j > 1 && swapped) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
