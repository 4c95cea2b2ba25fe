/** A word as a shell takes it: in quotes where it has a space or a sign that the shell reads. */
export const quoted = (word: string): string =>
  /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
