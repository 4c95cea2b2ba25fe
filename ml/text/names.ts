/**
 * Names of people, with commas or semicolons between them, as words: letters and digits alone, so that two people of one first
 * name have no word in common. To do it twice changes nothing.
 */
export const namesAsWords = (names: string): string =>
  names
    .normalize('NFKC')
    .split(/[,;]/)
    .map((name) => name.replaceAll(/[^\p{L}\p{N}\p{M}]/gu, ''))
    .filter((name) => name !== '')
    .join(', ');
