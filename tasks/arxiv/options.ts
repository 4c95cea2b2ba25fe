/** Short for `--data` of `epochlog lifecycle`. */
export const dataOption = { flags: '--papers <file>', description: 'papers: short for --data' };
