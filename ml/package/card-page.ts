import { createRequire } from 'node:module';
import { lazy } from '../lazy.ts';

const require = createRequire(import.meta.url);

/** Headings, lists, tables, code, emphasis; HTML, links and pictures in the description of the model stay text. */
const markdown = lazy(() => {
  const MarkdownIt: typeof import('markdown-it').default = require('markdown-it');
  return new MarkdownIt({ html: false }).disable(['link', 'image', 'autolink', 'reference']);
});

/** Of every page: readable in light and dark, on a narrow screen too. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; margin: 1.6em 0 0.5em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #8884; padding: 0.3em 1em 0.3em 0; text-align: left; vertical-align: top; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
`;

/** Markdown as HTML: what stands in it as HTML, a link or a picture stays text. */
export const renderMarkdown = (text: string): string => markdown().render(text);

/** A model card, in Markdown, as a page of HTML. */
export const cardPage = (card: string, title: string): string => htmlPage(title, renderMarkdown(card));

/** A page of HTML of its own: it loads nothing and runs no script. @param body HTML */
export const htmlPage = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${markdown().utils.escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
${body}</body>
</html>
`;
