/**
 * How samples are divided into training, validation and test. `auto`: by groups where samples have some, else stratified by
 * class.
 */
export const SPLIT_STRATEGIES = ['auto', 'random', 'stratified', 'grouped', 'time'] as const;
export type SplitStrategy = (typeof SPLIT_STRATEGIES)[number];

/** Of a dataset that is not one of several folds. */
export const NO_FOLDS = { folds: 0, fold: 0 };

/** Whether a text from outside names one. */
export const isSplitStrategy = (name: string): name is SplitStrategy =>
  (SPLIT_STRATEGIES as readonly string[]).includes(name);
