/**
 * The ids of what the lifecycle of a model requests: each names the model, so that the lifecycles of several models live
 * in one log, and each is resumed by itself.
 */
export interface LifecycleIds {
  /** the collection of the records before the cut */
  readonly history: string;
  month(name: string): string;
  prediction(row: number): string;
  /** the row that a prediction is of; undefined for a prediction of someone else */
  rowOf(requestId: string): number | undefined;
  /** evaluations of the first version on a month, `<prefix><YYYY-MM>` */
  readonly firstPrefix: string;
  /** whether an id is one of these: of a collection, a prediction or an evaluation */
  isOwn(id: string): boolean;
}

const OWN = /^(?:history|\d{4}-\d{2}|\d+|first-\d{4}-\d{2})$/;

export function lifecycleIds(model: string): LifecycleIds {
  const prefix = `lifecycle-${model}-`;
  const rest = (id: string) => (id.startsWith(prefix) ? id.slice(prefix.length) : '');
  return {
    history: `${prefix}history`,
    month: (name) => `${prefix}${name}`,
    prediction: (row) => `${prefix}${row}`,
    rowOf: (requestId) => (/^\d+$/.test(rest(requestId)) ? Number(rest(requestId)) : undefined),
    firstPrefix: `${prefix}first-`,
    isOwn: (id) => OWN.test(rest(id)),
  };
}

/** The model whose lifecycle began with this collection; undefined for another collection. */
export const modelOfHistory = (collectionId: string): string | undefined =>
  /^lifecycle-(.+)-history$/.exec(collectionId)?.[1];
