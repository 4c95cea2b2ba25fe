import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { cleanText } from './clean.ts';
import { detectLanguage } from './language.ts';

const isEnglish = (text: string): boolean => detectLanguage(text).language === 'en';

const PAPERS = new URL('../../../shared/data/arxiv-papers.jsonl.gz', import.meta.url);

describe('language', () => {
  test.each([
    [
      'en',
      'We propose a method that learns to rank $k$ candidates, with \\emph{provable} bounds of $O(\\log n)$ for \\textbf{any} number of queries.',
    ],
    [
      'fr',
      "Nous proposons une méthode qui apprend à classer les candidats, avec des bornes prouvées pour n'importe quel nombre de requêtes.",
    ],
    [
      'de',
      'Wir schlagen ein Verfahren vor, das Kandidaten zu ordnen lernt, mit bewiesenen Schranken für beliebig viele Anfragen.',
    ],
    [
      'es',
      'Proponemos un método que aprende a ordenar candidatos, con cotas demostradas para cualquier número de consultas.',
    ],
    [
      'ru',
      'Мы предлагаем метод, который учится ранжировать кандидатов, с доказанными оценками для любого числа запросов.',
    ],
    ['zh', '我们提出了一种学习对候选项进行排序的方法，并给出了可证明的界限。'],
  ])('%s', (language, text) => {
    expect(detectLanguage(text)).toEqual({ language, reliable: true });
    expect(isEnglish(text)).toBe(language === 'en');
  });

  test.each(['', '   ', '12 + 34 = 46', '\ud800'])('%j is no English', (text) => {
    expect(isEnglish(text)).toBe(false);
    expect(detectLanguage(text).reliable).toBe(false);
  });

  test.runIf(existsSync(PAPERS))('takes real abstracts for English, but not the one in French', () => {
    const lines = gunzipSync(readFileSync(PAPERS)).toString().trim().split('\n');
    const others = lines
      .filter((line, number) => number % 10 === 0 || line.includes('"cs/0503059"'))
      .map((line): { arxiv_id: string; abstract: string } => JSON.parse(line))
      .filter(({ abstract }) => !isEnglish(cleanText(abstract)));
    expect(others.map(({ arxiv_id }) => arxiv_id)).toEqual(['cs/0503059']);
  });
});
