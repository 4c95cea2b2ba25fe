/** A tumbling window: when it is full, the next one starts empty. */
export interface Window<T> {
  /** from 1 */
  number: number;
  items: T[];
}

export const firstWindow = <T>(): Window<T> => ({ number: 1, items: [] });

/** The items of the window, if this item fills it. */
export const completedBy = <T>({ items }: Window<T>, item: T, size: number): readonly T[] | undefined =>
  items.length + 1 >= size ? [...items, item] : undefined;

export function push<T>(window: Window<T>, item: T, size: number): void {
  window.items.push(item);
  if (window.items.length < size) return;
  window.items = [];
  window.number += 1;
}
