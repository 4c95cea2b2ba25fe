/** The words of one task: outside its room, what is written for all tasks must not know them. */
const OWN_WORDS = /arxiv|papers?|abstract/i;

/** Where a file of this repository may use them: its task, what tests it and tells of it, and what npm writes. */
const ALLOWED = [
  /^tasks\/arxiv\//,
  /^(test|docs)\//,
  /^[^/]+\.md$/,
  /^package(-lock)?\.json$/,
  /\.test\.ts$/, // of any room: its examples may be papers
  /^infra\/scripts\/(check-)?words\.ts$/,
];

/** A file, as `git ls-files` names it. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Whether a file is one that must not use the words. */
export const isChecked = (path: string): boolean => !ALLOWED.some((pattern) => pattern.test(path));

/** What is wrong with the name and the lines of a file, each as `path:line: …` with what to do; empty when nothing is. */
export function wordFaults({ path, text }: SourceFile): string[] {
  if (!isChecked(path)) return [];
  const inName = OWN_WORDS.exec(path)?.[0];
  const faults = inName === undefined ? [] : [fault(path, inName)];
  if (!OWN_WORDS.test(text)) return faults;
  const inLines = text.split('\n').flatMap((line, index) => {
    const word = OWN_WORDS.exec(line)?.[0];
    return word === undefined ? [] : [fault(`${path}:${index + 1}`, word)];
  });
  return [...faults, ...inLines];
}

const fault = (place: string, word: string): string =>
  `${place}: '${word}' is a word of tasks/arxiv alone: write what is meant for any task (record, text, instance), or move it there`;
