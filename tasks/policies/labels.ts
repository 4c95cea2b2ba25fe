/**
 * Which label a sample has where as many people say one as another. `original`: that of its source, as it was corrected; a
 * sample without one is left out. `excluded`: it is left out of the dataset.
 */
export const LABEL_TIES = ['original', 'excluded'] as const;

/** A dataset for which no policy says more. */
export const LABEL_RULE = { minimumLabels: 1, labelTies: 'original' };
