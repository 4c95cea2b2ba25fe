const LETTERS: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  ø: 'o',
  æ: 'ae',
  ł: 'l',
};

/** The name of a task that a file of that name seems to hold: `Kündigungen 2025.csv.gz` is kuendigungen-2025. */
export function taskNameOf(file: string): string {
  const name = file
    .replace(/\.(gz|zst)$/i, '')
    .replace(/\.[^.]*$/, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[äöüßøæł]/g, (letter) => LETTERS[letter] ?? '')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '')
    .slice(0, 64);
  return name === '' ? 'my-task' : name;
}
