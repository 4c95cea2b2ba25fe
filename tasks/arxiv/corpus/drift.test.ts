import { beforeAll, describe, expect, test } from 'vitest';
import { type LinearModel, predictLinear } from '../../../ml/linear/model.ts';
import { trainLinear } from '../../../ml/linear/train.ts';
import { argmaxRows } from '../../../ml/matrix.ts';
import { seededRandom, shuffle } from '../../../ml/random.ts';
import { cleanText, normaliseTitle } from '../../../ml/text/clean.ts';
import { wordCount } from '../../../ml/text/count.ts';
import type { LabelledDocument } from '../../../test/harness/documents.ts';
import { finish, toyData } from '../../../test/harness/toy-dataset.ts';
import { generateCorpus } from './generate.ts';
import { TOPICS } from './topics.ts';

const LABELS = TOPICS.map(({ label }) => label);

interface Sample extends LabelledDocument {
  readonly published: string;
}

function samples(): Sample[] {
  const titles = new Set<string>();
  const kept: Sample[] = [];
  for (const { title, abstract, categories, primary_category: label, published } of generateCorpus()) {
    const normal = normaliseTitle(title);
    if (titles.has(normal) || wordCount(abstract) < 60) continue;
    titles.add(normal);
    const otherLabels = categories.slice(1);
    kept.push({ title: cleanText(title), abstract: cleanText(abstract), label, otherLabels, published });
  }
  return shuffle(kept, seededRandom(1));
}

const trained = (train: readonly LabelledDocument[]): LinearModel =>
  finish(trainLinear(toyData({ train, validation: [] }, { labels: LABELS }))).result;

function accuracy(model: LinearModel, documents: readonly Sample[], counts = ownLabel): number {
  const predicted = argmaxRows(
    predictLinear(
      model,
      documents.map(({ title, abstract }) => ({ title, abstract })),
    ),
  );
  return documents.filter((paper, row) => counts(paper, LABELS[predicted[row]!]!)).length / documents.length;
}

const ownLabel = (paper: Sample, label: string) => label === paper.label;
const anyLabel = (paper: Sample, label: string) =>
  ownLabel(paper, label) || paper.otherLabels!.includes(label);

describe('a linear classifier on the generated corpus', () => {
  let frozen: LinearModel;
  let retrained: LinearModel;
  let ofItsTime: Sample[];
  let later: Sample[];

  beforeAll(() => {
    const all = samples();
    const old = all.filter(({ published }) => published < '2025-01-01');
    const recent = all.filter(({ published }) => published >= '2025-07-01');
    ofItsTime = old.slice(0, old.length / 4);
    later = recent.slice(0, recent.length / 2);
    const before = old.slice(old.length / 4);
    frozen = trained(before);
    retrained = trained([...before, ...recent.slice(recent.length / 2)]);
  });

  test('is about as good as on real papers: the labels are the ceiling', () => {
    expect(accuracy(frozen, ofItsTime)).toBeGreaterThan(0.78);
    expect(accuracy(frozen, ofItsTime)).toBeLessThan(0.88);
    expect(accuracy(frozen, ofItsTime, anyLabel) - accuracy(frozen, ofItsTime)).toBeGreaterThan(0.015);
  });

  test('loses accuracy on the papers that come after those it knows', () => {
    expect(accuracy(frozen, ofItsTime) - accuracy(frozen, later)).toBeGreaterThan(0.04);
  });

  test('wins it back by learning from newer ones', () => {
    expect(accuracy(retrained, later) - accuracy(frozen, later)).toBeGreaterThan(0.04);
  });
});
