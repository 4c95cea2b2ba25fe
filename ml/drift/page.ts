import { escaped } from '../plots/svg.ts';
import type { DriftReport, ReportedFeature, ReportedWindow } from './report.ts';

const CELL = { width: 26, height: 22, left: 190, top: 70 };
const BAR = { width: 320, height: 14, left: 170 };
/** PSI from which a cell has its full colour: a large change, by convention */
const LARGE = 0.25;

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; margin: 1.4em 0 .4em; }
table { border-collapse: collapse; } th, td { padding: .2em 1em .2em 0; text-align: left; border-bottom: 1px solid #8884; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; } svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
.drifted { outline: 2px solid #c00; } .reference { fill: #8889; } .actual { fill: #2a78d6; } .note { opacity: .75; }`;

/** The report as a page of its own: it loads nothing and runs no script. */
export const driftPage = ({ model, windows }: DriftReport): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(`Drift of ${model}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(`Drift of ${model}`)}</h1>
${heatMap(windows)}
${windows.length > 0 ? details(windows.at(-1)!) : ''}
</body>
</html>
`;

const titleOf = ({ feature, slice }: ReportedFeature): string =>
  slice === '' ? feature : `${feature} of ${slice}`;

/** PSI of each feature in each window; a frame where it drifted. */
function heatMap(windows: readonly ReportedWindow[]): string {
  const names = [...new Set(windows.flatMap(({ features }) => features.map(titleOf)))].sort();
  const width = CELL.left + windows.length * CELL.width + 20;
  const height = CELL.top + names.length * CELL.height + 10;
  const rows = names.map((name, row) => {
    const y = CELL.top + row * CELL.height;
    const label = `<text x="${CELL.left - 8}" y="${y + 15}" text-anchor="end">${escaped(name)}</text>`;
    const cells = windows.map((window, column) => cellOf(window, name, CELL.left + column * CELL.width, y));
    return [label, ...cells].join('');
  });
  const heads = windows.map(({ version, window }, column) => {
    const x = CELL.left + column * CELL.width + 16;
    return `<text transform="translate(${x} ${CELL.top - 6}) rotate(-60)">${escaped(`${version} ${window}`)}</text>`;
  });
  return `<h2>PSI by feature and window</h2>
<p class="note">The darker, the larger: full at ${LARGE}. A frame: it drifted, by the rule of the policy. Point at a cell for its numbers.</p>
<div class="scroll"><svg role="img" aria-label="PSI by feature and window" width="${width}" height="${height}">${heads.join('')}${rows.join('\n')}</svg></div>`;
}

function cellOf({ version, window, features }: ReportedWindow, name: string, x: number, y: number): string {
  const feature = features.find((candidate) => titleOf(candidate) === name);
  if (!feature) return '';
  const [psi] = feature.distances;
  const opacity = Math.min(psi!.value / LARGE, 1).toFixed(3);
  const title = `${name}, ${version} window ${window}: PSI ${psi!.value.toFixed(3)}, ${psi!.expected.toFixed(3)} expected, p ${psi!.pValue.toPrecision(2)}`;
  const frame = feature.drifted ? ' stroke="#c00" stroke-width="2"' : ' stroke="#8886"';
  const size = `width="${CELL.width - 3}" height="${CELL.height - 3}"`;
  return `<rect x="${x}" y="${y}" ${size} fill="#d1472f" fill-opacity="${opacity}"${frame}><title>${escaped(title)}</title></rect>`;
}

/** The features of a window, those with the largest PSI first. */
function details({ version, window, predictions, from, to, features }: ReportedWindow): string {
  const ordered = features.toSorted((a, b) => b.distances[0]!.value - a.distances[0]!.value);
  return `<h2>${escaped(`The last window: ${version} ${window}, ${predictions} predictions`)}</h2>
<p class="note">${escaped(`${from} to ${to}`)}. Grey: the reference; blue: the window; shares of each.</p>
${ordered.map(featureOf).join('\n')}`;
}

function featureOf(feature: ReportedFeature): string {
  const rows = feature.distances.map(
    ({ distance, value, expected, pValue }) =>
      `<tr><td>${distance}</td><td class="number">${value.toPrecision(4)}</td><td class="number">${expected.toPrecision(3)}</td><td class="number">${pValue.toPrecision(2)}</td></tr>`,
  );
  return `<h3>${escaped(titleOf(feature))}${feature.drifted ? ' <span class="drifted">drifted</span>' : ''}</h3>
${histogramOf(feature)}
<table><tr><th>distance</th><th>value</th><th>expected by chance</th><th>p</th></tr>${rows.join('')}</table>`;
}

function histogramOf({ feature, bins, reference, actual }: ReportedFeature): string {
  if (bins.length === 0) return '';
  const shares = [reference, actual].map((counts) => {
    const sum = counts.reduce((total, count) => total + count, 0);
    return counts.map((count) => count / (sum || 1));
  });
  const most = Math.max(...shares.flat(), 1e-9);
  const row = 2 * BAR.height + 6;
  const lines = bins.map((name, bin) => {
    const y = bin * row;
    const bars = shares.map((of, i) => {
      const width = ((of[bin]! / most) * BAR.width).toFixed(1);
      return `<rect class="${i === 0 ? 'reference' : 'actual'}" x="${BAR.left}" y="${y + i * BAR.height}" width="${width}" height="${BAR.height - 1}"><title>${escaped(`${name}: ${(of[bin]! * 100).toFixed(1)} %`)}</title></rect>`;
    });
    return `<text x="${BAR.left - 8}" y="${y + 18}" text-anchor="end">${escaped(name)}</text>${bars.join('')}`;
  });
  return `<svg role="img" aria-label="${escaped(`histograms of ${feature}`)}" width="${BAR.left + BAR.width + 10}" height="${bins.length * row}">${lines.join('\n')}</svg>`;
}
