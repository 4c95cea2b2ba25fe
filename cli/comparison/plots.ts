import type { Test } from './verdict.ts';

const [WIDTH, ROW, LEFT] = [640, 34, 150];

/** A bar for each metric of two versions, between 0 and 1, as SVG. */
export function barsSvg(
  rows: readonly { name: string; baseline: number; candidate: number }[],
  names: { baseline: string; candidate: string },
): string {
  const width = WIDTH - LEFT - 70;
  const bars = rows.map(({ name, baseline, candidate }, at) => {
    const y = 26 + at * ROW;
    const bar = (value: number, top: number, colour: string) =>
      `<rect x="${LEFT}" y="${y + top}" width="${(width * share(value)).toFixed(1)}" height="11" fill="${colour}"/>` +
      `<text x="${LEFT + 6 + width * share(value)}" y="${y + top + 10}" font-size="11">${value.toFixed(3)}</text>`;
    return `<text x="${LEFT - 8}" y="${y + 16}" text-anchor="end">${name}</text>${bar(baseline, 0, '#9aa5b1')}${bar(candidate, 13, '#2f6fde')}`;
  });
  const title = `${names.baseline} above (grey), ${names.candidate} below (blue)`;
  return svg(26 + rows.length * ROW, title, bars);
}

/** The interval of each improvement beside 0, each on a scale of its own, as SVG. */
export function intervalsSvg(tests: readonly Test[]): string {
  const [from, width] = [LEFT + 20, WIDTH - LEFT - 40];
  const rows = tests.map(({ metric, improvement, interval: [low, high] }, at) => {
    const reach = Math.max(Math.abs(low), Math.abs(high), Number.MIN_VALUE) * 1.1;
    const x = (value: number) => (from + (width * (value + reach)) / (2 * reach)).toFixed(1);
    const y = 40 + at * ROW;
    const colour = low > 0 ? '#1d8348' : high < 0 ? '#c0392b' : '#7d6608';
    return (
      `<text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${metric}</text>` +
      `<line x1="${x(low)}" x2="${x(high)}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="3"/>` +
      `<circle cx="${x(improvement)}" cy="${y}" r="5" fill="${colour}"/>`
    );
  });
  const height = 40 + tests.length * ROW;
  const zero = from + width / 2;
  const line = `<line x1="${zero}" x2="${zero}" y1="24" y2="${height - 14}" stroke="currentColor" stroke-dasharray="3 3"/>`;
  return svg(height, 'improvement with its 95 % interval; the dashed line is no difference', [line, ...rows]);
}

const share = (value: number): number => Math.min(1, Math.max(0, value));

const svg = (height: number, title: string, parts: readonly string[]): string =>
  `<svg role="img" aria-label="${title}" viewBox="0 0 ${WIDTH} ${height}" width="100%" font-family="system-ui, sans-serif" font-size="12" fill="currentColor"><text x="0" y="14" font-weight="bold">${title}</text>${parts.join('')}</svg>`;
