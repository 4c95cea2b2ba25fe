/** Short for `--data` of `epochlog lifecycle`. */
export const dataOption = { flags: '--papers <file>', description: 'papers: short for --data' };

/** Short for `--instance` of `epochlog predict`, by field. */
export const instanceOptions = {
  title: { flags: '--title <text>', description: 'title of one paper: short for --instance' },
  abstract: { flags: '--abstract <text>', description: 'its abstract' },
};

/** Its model, which is meant where none is named. */
export const defaultModel = 'arxiv-classifier';
