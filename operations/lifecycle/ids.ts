/**
 * The ids of what the lifecycle of a model requests: each names the model, so that the lifecycles of several models live
 * in one log, and each is resumed by itself.
 */
export interface LifecycleIds {
  /** the collection of the records before the cut */
  readonly history: string;
  month(name: string): string;
  prediction(row: number): string;
  /** evaluations of the first version on a month, `<prefix><YYYY-MM>` */
  readonly firstPrefix: string;
}

export const lifecycleIds = (model: string): LifecycleIds => ({
  history: `lifecycle-${model}-history`,
  month: (name) => `lifecycle-${model}-${name}`,
  prediction: (row) => `lifecycle-${model}-${row}`,
  firstPrefix: `lifecycle-${model}-first-`,
});

/** The model whose lifecycle began with this collection; undefined for another collection. */
export const modelOfHistory = (collectionId: string): string | undefined =>
  /^lifecycle-(.+)-history$/.exec(collectionId)?.[1];
