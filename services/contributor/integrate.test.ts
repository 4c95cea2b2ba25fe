import { expect, test } from 'vitest';
import { encodeSorted } from '../../ml/dataset/format.ts';
import { generateCorpus } from '../../tasks/arxiv/corpus/generate.ts';
import { task } from '../../tasks/arxiv/task.ts';
import { problemOf } from '../../tasks/problem.ts';
import { integrate, nothingNew } from './integrate.ts';

const rows: Record<string, unknown>[] = Array.from(
  generateCorpus({ papers: 40, from: '2024-01', to: '2024-03' }),
  (paper) => ({ ...paper }),
);
const samples = rows.flatMap((row) => {
  const { record } = task.read(row);
  return (record && task.prepare(record).sample) ?? [];
});
const file = (lines: readonly object[]) => ({
  name: 'given.jsonl',
  bytes: new TextEncoder().encode(lines.map((line) => JSON.stringify(line)).join('\n')),
});

test('rows are new, known by id or content, or no samples; and each is counted once', async () => {
  const [known, fresh] = [samples.slice(0, 10), samples.slice(10)];
  const labels = [...new Set(known.map(({ target }) => String(target)))].sort();
  const sorted = known
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((sample) => ({ ...sample, split: 'test' as const }));
  async function* chunks() {
    yield sorted;
  }
  const { bytes } = await encodeSorted({ task: problemOf(task, labels), schema: task.schema }, chunks());
  const row = (id: string) => rows.find((one) => String(one.arxiv_id) === id)!;
  const ofKnownLabel = fresh.find(({ target }) => labels.includes(String(target)))!;
  const given = [
    row(ofKnownLabel.id),
    row(ofKnownLabel.id),
    row(known[0]!.id),
    { ...row(known[1]!.id), arxiv_id: 'another.00001' },
    { title: 'no paper' },
  ];
  const integrated = await integrate(file(given), bytes, task);
  expect(integrated).toMatchObject({
    ...{ rows: 5, added: 1, duplicates: 3, invalid: 1 },
    invalidBy: { missing_field: 1 },
  });
  expect(JSON.parse(integrated.lines)).toMatchObject({ arxiv_id: ofKnownLabel.id });
});

test('a contribution without anything new is told which faults its rows have', () => {
  const counts = {
    rows: 5,
    added: 0,
    duplicates: 1,
    invalid: 4,
    invalidBy: { missing_field: 3, too_short: 1 },
  };
  expect(nothingNew(counts, 'topics')).toBe(
    'nothing is new: of 5 rows 1 are there already, 4 are no samples of topics (3 missing_field, 1 too_short): see `epochlog task show topics`',
  );
  const known = { rows: 1, added: 0, duplicates: 1, invalid: 0, invalidBy: {} };
  expect(nothingNew(known, 'topics')).toMatch(/, 0 are no samples$/);
});
