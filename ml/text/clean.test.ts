import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanedText, cleanText, normaliseTitle } from './clean.ts';
import { wordCount } from './count.ts';

// Pieces of markup that meet in every order: what a removal joins must not be markup again.
const markup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '\\emph{',
          '\\cite{',
          '\\url{',
          '\\begin{',
          '\\(',
          '\\)',
          '\\[',
          '\\]',
          '\\"',
          "\\'",
          '\\c',
          '\\o',
        ],
        ...[
          '$',
          '$$',
          '{',
          '}',
          '\\',
          '~',
          '``',
          "''",
          '&',
          'amp;',
          '&amp;',
          '&#36;',
          '&lt;',
          'lt;',
          ';',
          '&ouml;',
        ],
        ...[
          'http://',
          'www.',
          'github.com/',
          'a@b.cd',
          '@',
          '<b>',
          '<',
          '>',
          'br',
          '/',
          '(',
          ')',
          '[',
          ']',
          '()',
        ],
        ...[
          '!',
          '..',
          '--',
          '+',
          '\u0301',
          '\u00a8',
          '\u200b',
          '\u00ad',
          '\u0000',
          '\ud800',
          'ﬁ',
          '＄',
          '²',
          ' ',
          '\n',
        ],
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom('a', 'word', 'é', 'e', '7', '中'),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));

describe('cleanText', () => {
  test.each([
    ['URLs', 'Code: https://example.org/a_b?c=d. Done', 'Code:. Done'],
    ['URLs with escapes', 'See (http://example.org/a\\_b/~c). Now', 'See. Now'],
    ['addresses without scheme', 'at www.example.org/x or github.com/x/y today', 'at or today'],
    ['e-mails', 'Write to a.b-c@cs.example.edu, please', 'Write to, please'],
    ['what only looks like an e-mail', 'pass@1 and SETI@home', 'pass@1 and SETI@home'],
    [
      'formulas',
      'of size $n^2$ and \\(x\\) and $$y$$ and \\[z\\], with $k$-means',
      'of size and and and, with -means',
    ],
    ['adjacent formulas', '3$\\times$4 by $a$$b$ or', '34 by or'],
    ['prices', 'costs $5,000, a modem hundreds of $', 'costs 5,000, a modem hundreds of'],
    ['escaped dollars', 'from \\$5 to 6\\$', 'from 5 to 6'],
    ['formatting', '\\emph{very \\textbf{good}} {\\em results} \\textsc{Foo}bar', 'very good results Foobar'],
    ['unknown commands', 'our \\sysname{} beats \\oldname by \\num{3}', 'our beats by 3'],
    ['citations', 'as in~\\cite{a,b} and \\citep[p.~3]{c} of Sec.~\\ref{d}', 'as in and of Sec.'],
    ['links', '\\href{http://a.b/c}{the page} \\url{http://a.b}', 'the page'],
    ['environments', '\\begin{itemize} \\item one \\end{itemize}', 'one'],
    [
      'accents',
      'na\\"ive K\\"{u}hn Erd\\H{o}s, fa\\c{c}ade \\\'Etude \\v{S}',
      'naïve Kühn Erdős, façade Étude Š',
    ],
    [
      'special letters',
      'S\\o ren, Stra\\ss e, \\L{}ukasz, na\\"{\\i}ve \\LaTeX',
      'Søren, Straße, Łukasz, naïve LaTeX',
    ],
    ['escapes', '10\\% of R\\&D \\#1 a\\_b', '10% of R&D #1 a_b'],
    ['quotes', "``so'' called", '"so" called'],
    ['entities', 'A&amp;B &lt; C&#8217;s &#x3b1; &ouml; &nosuch; caf&eacute;', 'A&B < C’s α ö &nosuch; café'],
    ['doubly encoded entities', 'A &amp;amp;amp; B', 'A & B'],
    ['tags', 'x<sub>2</sub> <br/>but <think> is a token', 'x 2 but <think> is a token'],
    ['compatibility forms', 'ﬁne ｗｉｄｅ 10⁶ x₂ no\u00a0break', 'fine wide 10⁶ x₂ no break'],
    ['decomposed letters', 'cafe\u0301', 'café'],
    ['controls', 'so\u00adft ze\u200bro bell\u0007 \ud800lone', 'soft zero bell lone'],
    [
      'repeated punctuation',
      'Really?!! Yes... 1998--2001---and C++, "__init__"',
      'Really?! Yes. 1998-2001-and C++, "_init_"',
    ],
    ['empty brackets', 'main() (see ) here', 'main (see) here'],
    ['white space', '  a \t b\r\n\n  c ', 'a b c'],
  ])('%s', (_, raw, clean) => {
    expect(cleanText(raw)).toBe(clean);
  });

  test('leaves plain English as it is', () => {
    const text = 'Half of it, e.g. the C# and C++ code (R&D), costs 5% less; is that "good"? Yes: it is!';
    expect(cleanText(text)).toBe(text);
  });

  test('changes nothing that is clean, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(markup, fc.string({ unit: 'binary', maxLength: 80 })), (raw) => {
        const clean = cleanText(raw);
        expect(cleanText(clean)).toBe(clean);
      }),
      { numRuns: 2000 },
    );
  });

  test('leaves no markup, no control character and no surplus white space', () => {
    fc.assert(
      fc.property(markup, (raw) => {
        expect(cleanText(raw)).not.toMatch(/[\\${}~\p{Cc}]|https?:\/\/\w|\s\s|^\s|\s$/u);
      }),
      { numRuns: 2000 },
    );
  });

  test('cuts text that would need many passes down to its words', () => {
    const nested = `${'([{<'.repeat(40)}word one${'>}])'.repeat(40)} two.`;
    expect(cleanText(`${'(['.repeat(40)}word${'])'.repeat(40)}`)).toMatch(/word/);
    expect(cleanText(`${'(['.repeat(40)}${'])'.repeat(40)} two words.`)).toBe('two words');
    expect(cleanText(cleanText(nested))).toBe(cleanText(nested));
  });
});

describe('normaliseTitle', () => {
  test.each([
    ['Attention Is All You Need', 'attention is all you need'],
    ['  Attention: is all -- you need!  ', 'attention is all you need'],
    ['ATTENTION\nIS ALL YOU NEED.', 'attention is all you need'],
    ['Na\\"ive Caf\\\'{e}', 'naive cafe'],
    ['Naïve Café', 'naive cafe'],
    ['R&amp;D', 'r d'],
    ['ﬁne Ｗide', 'fine wide'],
    ['中文 标题', '中文 标题'],
    ['?!', ''],
  ])('%j', (title, normal) => {
    expect(normaliseTitle(title)).toBe(normal);
  });

  test('keeps apart what only a formula tells apart', () => {
    expect(normaliseTitle('The $k$-means problem')).not.toBe(normaliseTitle('The $n$-means problem'));
  });

  test('changes nothing that is normal', () => {
    fc.assert(
      fc.property(fc.oneof(markup, fc.string({ unit: 'binary' })), (title) => {
        expect(normaliseTitle(normaliseTitle(title))).toBe(normaliseTitle(title));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('wordCount', () => {
  test.each([
    ['', 0],
    ['one', 1],
    [' two  words ', 2],
    ['first-order C++ 3.5% - (yes) ...', 4],
    ['\u00e9t\u00e9 中文', 2],
  ])('%j', (text, words) => {
    expect(wordCount(text)).toBe(words);
  });
});

const STEPS: [string, string[]][] = [
  ['plain text has none', []],
  ['ﬁne', ['unicode']],
  ['a\u0000b', ['unicode']],
  ['this &amp; that', ['entities']],
  ['<b>bold</b>', ['html', 'spacing']],
  ['see https://example.org/a now', ['urls', 'spacing']],
  ['from ada@example.org', ['emails', 'spacing']],
  ['let $x + y$ be', ['formulas', 'spacing']],
  ['\\emph{this}', ['latex']],
  ['really!!', ['spacing']],
];

describe('the steps of cleaning', () => {
  test.each(STEPS)('of %j: %j', (text, steps) => {
    expect(cleanedText(text)).toEqual({ text: cleanText(text), steps });
  });

  test('name what cut a text that only many passes would clean', () => {
    const nested = `&${'amp;'.repeat(12)}lt;b>`;
    const { text, steps } = cleanedText(nested);
    expect(cleanText(text)).toBe(text);
    expect(steps).toContain('symbols');
  });
});
