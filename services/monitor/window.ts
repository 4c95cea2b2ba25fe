/** A tumbling window: it holds what came since it began and restarts, with the next number, when it is full. */
export interface Window<T> {
  /** from 1 */
  number: number;
  items: T[];
}

export const firstWindow = <T>(): Window<T> => ({ number: 1, items: [] });

/** The items of the window that this one would complete, if it does. */
export const completedBy = <T>({ items }: Window<T>, item: T, size: number): readonly T[] | undefined =>
  items.length + 1 >= size ? [...items, item] : undefined;

export function push<T>(window: Window<T>, item: T, size: number): void {
  window.items.push(item);
  if (window.items.length < size) return;
  window.items = [];
  window.number += 1;
}
