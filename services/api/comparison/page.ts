import { htmlPage, renderMarkdown } from '../../../ml/package/card-page.ts';
import type { Comparison } from './comparison.ts';
import { comparisonMarkdown } from './markdown.ts';
import { plotsOf } from './plots.ts';

/** A comparison as a page of HTML of its own, with plots; it loads nothing and runs no script. */
export function comparisonPage(comparison: Comparison): string {
  const { model, baseline, candidate } = comparison;
  const plots = plotsOf(comparison).map((plot) => plot.svg());
  const body = `${renderMarkdown(comparisonMarkdown(comparison))}\n${plots.join('\n')}\n`;
  return htmlPage(`${candidate} beside ${baseline} of ${model}`, body);
}
