import { didYouMean } from '../../kernel/nearest.ts';
import { InvalidInput } from '../errors.ts';
import { PAGE_STYLE, renderMarkdown } from '../package/card-page.ts';
import { escaped } from '../plots/svg.ts';
import { type Section, sectionsOf } from './sections.ts';
import type { Findings, Importance, ReportSubject } from './subject.ts';

/** The page that a report is, unless somebody gives another: it loads nothing and runs no script. */
export const REPORT_TEMPLATE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{title}}</title>
<style>{{style}}</style>
</head>
<body>
<h1>{{title}}</h1>
{{contents}}
{{sections}}
</body>
</html>
`;

const SECTIONS = [
  ...['configuration', 'environment', 'curves', 'metrics', 'confusion', 'ranking', 'reliability', 'mistakes'],
  ...['slices', 'fairness', 'robustness', 'explanations', 'impact', 'decisions'],
];
/** What stands in `{{…}}` of a template. */
export const PLACEHOLDERS: readonly string[] = ['title', 'style', 'contents', 'sections', ...SECTIONS];

const STYLE = `${PAGE_STYLE}
body { max-width: 60rem; }
nav a { margin-right: 1em; }
svg { max-width: 100%; height: auto; display: block; margin: 1em 0; }
`;

/**
 * A report of a run, or of the version that it became, as a page of HTML. All text of models and records is escaped.
 * @param template HTML with placeholders; a section that has nothing to tell is empty
 * @throws InvalidInput for a placeholder that there is not
 */
export function reportPage(
  subject: ReportSubject,
  findings: Findings,
  importance: Importance | null,
  template: string = REPORT_TEMPLATE,
): string {
  const sections = sectionsOf(subject, findings, importance);
  const title = `${subject.version ?? subject.runId} of ${subject.model}`;
  const values = new Map<string, string>([
    ['title', escaped(title)],
    ['style', STYLE],
    ['contents', contentsOf(sections)],
    ['sections', sections.map(htmlOf).join('\n')],
    ...SECTIONS.map(
      (id) =>
        [
          id,
          sections
            .filter((one) => one.id === id)
            .map(htmlOf)
            .join(''),
        ] as const,
    ),
  ]);
  return template.replaceAll(/\{\{\s*([^{}]*?)\s*\}\}/g, (_, name: string) => {
    const value = values.get(name);
    if (value !== undefined) return value;
    const known = `a template may have ${PLACEHOLDERS.join(', ')}`;
    throw new InvalidInput(
      'template',
      `there is no placeholder {{${name}}}${didYouMean(name, PLACEHOLDERS)}; ${known}`,
    );
  });
}

const contentsOf = (sections: readonly Section[]): string =>
  `<nav>${sections.map(({ id, title }) => `<a href="#${id}">${escaped(title)}</a>`).join(' ')}</nav>`;

const htmlOf = ({ id, title, markdown, plots }: Section): string =>
  `<section id="${id}">\n<h2>${escaped(title)}</h2>\n${markdown === '' ? '' : renderMarkdown(markdown)}${plots.join('\n')}\n</section>`;
