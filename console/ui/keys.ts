/** of all values; a page is a tenth */
const PAGE = 0.1;

/**
 * Which of so many values a key leads to: the arrows to the next one, the pages by a tenth, the ends. The first of all where
 * there was none, the last one by the keys that go back. Undefined for other keys, and where there is no value.
 */
export function indexAfter(key: string, index: number | undefined, count: number): number | undefined {
  const page = Math.max(1, Math.round(PAGE * count));
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowRight: 1, ArrowLeft: -1, PageDown: page, PageUp: -page, Home: -count, End: count },
  };
  const step = steps[key];
  if (step === undefined || count === 0) return undefined;
  const isFirst = index === undefined && Math.abs(step) < count;
  const next = isFirst ? (step > 0 ? 0 : count - 1) : (index ?? 0) + step;
  return Math.min(Math.max(next, 0), count - 1);
}

/** The half of so many values around one of them, as the first and the last index; the ends stay within. */
export function halfAround(index: number, count: number): [from: number, to: number] {
  const width = Math.floor((count - 1) / 2);
  const from = Math.min(Math.max(index - Math.floor(width / 2), 0), count - 1 - width);
  return [from, from + width];
}
