import { expect, test } from 'vitest';
import { task } from '../../tasks/arxiv/task.ts';
import { readRecords, usableSamples } from './samples.ts';

const file = (...rows: readonly object[]) => ({
  name: 'rows.jsonl',
  bytes: new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n')),
});
const choice = {
  tasks: [{ name: 't', type: 'classification' as const, labels: ['a', 'b'] }],
  training: [],
  includeTraining: false,
};

test('rows of another schema are refused, and the first is named with what is wrong with it', async () => {
  const source = await readRecords(file({ account: 1, plan: 'team' }, { account: 2, plan: 'free' }), task);
  expect(source).toMatchObject({ samples: [], unreadable: 2 });
  expect(() => usableSamples(source, choice)).toThrow(
    /no record to measure with: .* 2 rows hold no labelled record \(row 1: .+\)$/,
  );
});
