/** Short for `--data` of `epochlog lifecycle`. */
export const dataOption = { flags: '--papers <file>', description: 'papers: short for --data' };

/** Short for `--instance` of `epochlog predict`, by field. */
export const instanceOptions = {
  title: { flags: '--title <text>', description: 'title of one paper: short for --instance' },
  abstract: { flags: '--abstract <text>', description: 'its abstract' },
};

/** What its remote sources can be asked for, by name. */
export const sourceOptions = {
  categories: {
    flags: '--categories <list>',
    description: 'arxiv: only these categories, such as cs.AI,cs.LG',
  },
  perCategory: { flags: '--per-category <number>', description: 'arxiv: at most so many of each (1000)' },
};

/** Its model, which is meant where none is named. */
export const defaultModel = 'arxiv-classifier';
