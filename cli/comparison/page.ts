import { METRICS } from '../../ml/metrics/catalogue.ts';
import { htmlPage, renderMarkdown } from '../../ml/package/card-page.ts';
import { type Comparison, comparisonMarkdown } from './markdown.ts';
import { barsSvg, intervalsSvg } from './plots.ts';

const MAX_BARS = 12;

/** A comparison as a page of HTML of its own, with plots; it loads nothing and runs no script. */
export function comparisonPage(comparison: Comparison): string {
  const { model, baseline, candidate, evaluation, tests } = comparison;
  const rows = Object.entries(evaluation.metrics).flatMap(([name, value]) => {
    const rival = evaluation.baseline?.metrics[name];
    const isDrawn = METRICS[name]?.unit === 'fraction' && rival !== undefined;
    return isDrawn ? [{ name, baseline: rival, candidate: value }] : [];
  });
  const plots = [
    ...(tests.length > 0 ? [intervalsSvg(tests)] : []),
    ...(rows.length > 0 ? [barsSvg(rows.slice(0, MAX_BARS), { baseline, candidate })] : []),
  ];
  const body = `${renderMarkdown(comparisonMarkdown(comparison))}\n${plots.join('\n')}\n`;
  return htmlPage(`${candidate} beside ${baseline} of ${model}`, body);
}
