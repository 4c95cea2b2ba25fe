import { escaped } from '../plots/svg.ts';
import { driftHistogram, driftMap, titleOf } from './plots.ts';
import type { DriftReport, ReportedFeature, ReportedWindow } from './report.ts';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; margin: 1.4em 0 .4em; }
table { border-collapse: collapse; } th, td { padding: .2em 1em .2em 0; text-align: left; border-bottom: 1px solid #8884; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; } .drifted { outline: 2px solid #c00; } .note { opacity: .75; }`;

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

/** PSI of each feature in each window; a frame where it drifted. */
const heatMap = (windows: readonly ReportedWindow[]): string => `<h2>PSI by feature and window</h2>
<p class="note">The darker, the larger. A frame: it drifted, by the rule of the policy. Point at a cell for its numbers.</p>
<div class="scroll">${driftMap(windows).svg()}</div>`;

/** The features of a window, those with the largest PSI first. */
function details({ version, window, predictions, from, to, features }: ReportedWindow): string {
  const ordered = features.toSorted((a, b) => b.distances[0]!.value - a.distances[0]!.value);
  return `<h2>${escaped(`The last window: ${version} ${window}, ${predictions} predictions`)}</h2>
<p class="note">${escaped(`${from} to ${to}`)}. Of each feature, the share of the reference and of the window that falls into each bin.</p>
${ordered.map(featureOf).join('\n')}`;
}

function featureOf(feature: ReportedFeature): string {
  const rows = feature.distances.map(
    ({ distance, value, expected, pValue }) =>
      `<tr><td>${distance}</td><td class="number">${value.toPrecision(4)}</td><td class="number">${expected.toPrecision(3)}</td><td class="number">${pValue.toPrecision(2)}</td></tr>`,
  );
  return `<h3>${escaped(titleOf(feature))}${feature.drifted ? ' <span class="drifted">drifted</span>' : ''}</h3>
${driftHistogram(feature)?.svg() ?? ''}
<table><tr><th>distance</th><th>value</th><th>expected by chance</th><th>p</th></tr>${rows.join('')}</table>`;
}
