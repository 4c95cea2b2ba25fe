import { expect, test } from 'vitest';
import { loadGenerator, loadTasks } from './load.ts';

test('tasks are found by their folders', async () => {
  const tasks = await loadTasks();
  expect([...tasks.keys()]).toEqual(['account-health', 'ad-score', 'arxiv']);
  for (const [name, { schema, target, columns }] of tasks) {
    expect(Object.keys(schema.fields).length).toBeGreaterThan(1);
    expect(['classification', 'regression']).toContain(target.type);
    expect(columns.required).not.toEqual([]);
    expect(name).toMatch(/^[a-z-]+$/);
  }
});

test.each(['account-health', 'ad-score', 'arxiv'])(
  'the rows that the generator of %s makes are records, most of them samples, the same for a seed',
  async (name) => {
    const task = (await loadTasks()).get(name)!;
    const generate = await loadGenerator(name);
    const rows = [...generate!({ rows: 600, seed: 3 })];
    expect([...generate!({ rows: 600, seed: 3 })]).toEqual(rows);
    expect([...generate!({ rows: 600, seed: 4 })]).not.toEqual(rows);

    const records = rows.map((row) => task.read(row).record);
    expect(records).not.toContain(undefined);
    const samples = records.flatMap((record) => task.prepare(record!).sample ?? []);
    expect(samples.length).toBeGreaterThan(0.9 * rows.length);
    expect(records.map((record) => record!.time)).toEqual(records.map((record) => record!.time).sort());
    const targets = new Set(samples.map(({ target }) => target));
    if (task.target.type === 'classification')
      expect([...targets].sort()).toEqual([...task.target.labels!].sort());
    else expect(targets.size).toBeGreaterThan(100);
  },
);
