/** A paper as a client of the API knows it, and its line in the source. */
export interface LifecyclePaper {
  /** line of the source, from 1 */
  line: number;
  arxivId: string;
  title: string;
  abstract: string;
  label: string;
  /** YYYY-MM-DD */
  published: string;
  /** the unchanged line */
  json: string;
}

export interface Month {
  /** YYYY-MM */
  name: string;
  /** publication dates [from, to), YYYY-MM-DD */
  from: string;
  to: string;
  papers: readonly LifecyclePaper[];
}

/** A first training on the papers before the cut, then one step for each month after it. */
export interface Plan {
  cut: string;
  before: number;
  months: readonly Month[];
}

/** The first day of the month after `month` (YYYY-MM). */
export function nextMonth(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return number === 12 ? `${year + 1}-01-01` : `${year}-${String(number + 1).padStart(2, '0')}-01`;
}

/** Splits papers at the cut date, and those from it on into calendar months, in order. */
export function planLifecycle(papers: readonly LifecyclePaper[], cut: string): Plan {
  const after = papers.filter(({ published }) => published >= cut);
  const months = Object.entries(Object.groupBy(after, ({ published }) => published.slice(0, 7)));
  return {
    cut,
    before: papers.length - after.length,
    months: months
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, papers = []], index) => ({
        name,
        from: index === 0 ? cut : `${name}-01`,
        to: nextMonth(name),
        papers: papers.toSorted((a, b) =>
          a.published === b.published ? a.line - b.line : a.published < b.published ? -1 : 1,
        ),
      })),
  };
}
