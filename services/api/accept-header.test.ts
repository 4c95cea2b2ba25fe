import { expect, test } from 'vitest';
import { mediaType } from './accept-header.ts';

test.each([
  [undefined, 'text/markdown'],
  ['*/*', 'text/markdown'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'], // a browser
  ['text/html;q=0.5, text/markdown', 'text/markdown'],
  ['text/*;q=0.1, text/HTML', 'text/html'],
  ['application/json', 'text/markdown'],
  ['text/html;q=nonsense', 'text/markdown'],
])('%s is answered with %s', (accept, type) => {
  expect(mediaType(accept, ['text/markdown', 'text/html'])).toBe(type);
});
