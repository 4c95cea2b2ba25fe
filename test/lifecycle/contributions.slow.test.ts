import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateCorpus } from '../../tasks/arxiv/corpus/generate.ts';
import { answer, epochlog, finished, printed, text } from '../harness/command.ts';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.ts';

/** Records that people contribute, beside `epochlog up`. */

interface Contribution {
  outcome: string;
  code: string;
  reason: string;
  data: string;
  contentHash: string;
  modelHash: string;
  integrated: { rows: number; added: number; duplicates: number; invalid: number; datasetId: string };
  delta?: { baseline: string; deltas: { metric: string; low: number | null }[] };
}

const papers = Array.from(generateCorpus({ papers: 900, from: '2024-01', to: '2025-06' }));
const labels = [...new Set(papers.map(({ categories }) => categories[0]!))];
/** Every label becomes another one. */
const flipped = papers.slice(700).map((paper) => {
  const label = labels[(labels.indexOf(paper.categories[0]!) + 1) % labels.length]!;
  return { ...paper, primary_category: label, categories: [label] };
});

let folder: TemporaryFolder;
let home: string;
let up: ChildProcess;
const at = (name: string) => join(folder.path, name);
const write = (name: string, rows: readonly object[]) =>
  writeFile(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
const contribute = async (
  name: string,
  contributor: string,
): Promise<Contribution & { exit: number | null }> => {
  const args = ['contribute', '--data', at(name), '--contributor', contributor, '--json'];
  const { code, stdout } = await finished(epochlog(home, args));
  return { exit: code, ...JSON.parse(stdout) };
};

beforeAll(async () => {
  folder = await temporaryFolder('contributions');
  home = at('home');
  await write('base.jsonl', papers.slice(0, 400));
  await write('first.jsonl', [...papers.slice(350, 550), { nonsense: true }]);
  await write('second.jsonl', papers.slice(550, 700));
  await write('flipped.jsonl', flipped);
  await text(home, ['collect', at('base.jsonl')]);
  await text(home, ['train']);
  up = epochlog(home, ['up', '--json'], { EPOCHLOG_PORT: '0' });
  await printed(up, /\n/);
});
afterAll(async () => {
  const ended = finished(up);
  up.kill('SIGTERM');
  await ended;
  await folder.remove();
});

test('two contributions at once are each measured alone, and do not mix', async () => {
  const [first, second] = await Promise.all([
    contribute('first.jsonl', 'grace'),
    contribute('second.jsonl', 'ada'),
  ]);
  expect(first.integrated.rows).toBe(201);
  expect(first.integrated.duplicates).toBeGreaterThan(30);
  expect(first.integrated.invalid).toBeGreaterThan(0);
  for (const { integrated, delta } of [first, second]) {
    const { rows, added, duplicates, invalid } = integrated;
    expect(added + duplicates + invalid).toBe(rows);
    expect(delta?.baseline).toBe('v1.0.0');
    expect(delta?.deltas.find(({ metric }) => metric === 'accuracy')?.low).not.toBeNull();
  }
  const datasets = await Promise.all(
    [first, second].map(({ integrated: { datasetId } }) =>
      answer<{ train: number }>(home, ['dataset', 'show', datasetId]),
    ),
  );
  const base = datasets[0]!.train - first.integrated.added;
  expect(datasets[1]!.train - second.integrated.added).toBe(base);
  for (const { outcome, exit, contentHash, modelHash, data } of [first, second].filter(
    ({ outcome }) => outcome === 'accepted',
  )) {
    expect([outcome, exit]).toEqual(['accepted', 0]);
    expect(`${contentHash}${modelHash}`).toMatch(/^[0-9a-f]{128}$/);
    expect(data).toMatch(/^sha256:/);
  }
});

test('flipped labels are refused with the evidence, and a file without anything new', async () => {
  const poisoned = await contribute('flipped.jsonl', 'eve');
  expect(poisoned).toMatchObject({ exit: 3, outcome: 'refused', code: 'LABELS_DOUBTFUL' });
  expect(poisoned.reason).toMatch(/for \d+\.\d % of \d+ new records .* of its test split/);
  expect(poisoned.delta).toBeUndefined();
  expect(await contribute('base.jsonl', 'bob')).toMatchObject({ outcome: 'refused', code: 'INPUT_EMPTY' });
});
