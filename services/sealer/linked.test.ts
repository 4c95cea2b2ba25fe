import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Split } from '../../ml/dataset/format.ts';
import { seededRandom } from '../../ml/random.ts';
import { task as arxiv } from '../../tasks/arxiv/task.ts';
import { declaredTask } from '../../tasks/declared/declared.ts';
import { assigned, groupNames, scratchFile, splitsOf } from '../../test/harness/split-rows.ts';
import { assignSplits } from './assign.ts';
import { Corpus } from './corpus.ts';
import { groupNamesOf, separationOf as separation } from './linked.ts';

type GroupNames = ReadonlyMap<string, readonly string[]>;

const REQUEST = {
  ...{ seed: 42, trainFraction: 0.8, validationFraction: 0.1, minimumPerClass: 1 },
  ...{ split: 'grouped', folds: 0, fold: 0 },
};
const key = (id: string) => ({ id, target: 1, group: null, time: null });

/** Papers of teams of four authors, two of them each; every tenth is of two teams. */
function teams(papers: number, links = 0.1): GroupNames {
  const random = seededRandom(3);
  const author = (team: number) => `${team}-${Math.floor(4 * random())}`;
  return new Map(
    Array.from({ length: papers }, (_, at) => {
      const team = Math.floor(random() * (papers / 6));
      const other = random() < links ? Math.floor(random() * (papers / 6)) : team;
      return [`p${at}`, [author(team), author(other)]] as const;
    }),
  );
}
const assign = (names: GroupNames, kept = new Map<string, Split>(), change = {}) =>
  assigned([...names.keys()].map(key), { ...REQUEST, ...change }, { kept, problem: 'regression', names });
const atRandom = (names: GroupNames) =>
  assigned([...names.keys()].map(key), { ...REQUEST, split: 'random' }, { problem: 'regression' });
async function separationOf(names: GroupNames, splits: ReadonlyMap<string, Split>) {
  await using file = scratchFile();
  const sorted = [...names.keys()].sort().map((id) => ({ id }));
  return separation(await groupNames(names, file), splitsOf(sorted, splits));
}
const sizes = (splits: ReadonlyMap<string, Split>) =>
  Object.fromEntries(
    [...Map.groupBy(splits.values(), (split) => split)].map(([split, { length }]) => [split, length]),
  );

test('no author is in two splits where the largest component fits into the training split', async () => {
  const names = teams(1_000, 0);
  const splits = await assign(names);
  expect(sizes(splits)).toEqual({ train: 800, validation: 100, test: 100 });
  expect(await separationOf(names, splits)).toMatchObject({ samples: 1_000, shared: 0, testSeen: 0 });
  const apart = await atRandom(names);
  expect((await separationOf(names, apart)).testSeen).toBeGreaterThan(80); // by chance nearly every test paper has one
});

test('a component that is larger than the training split is cut, at few authors', async () => {
  const names = teams(1_000, 0.9);
  const splits = await assign(names);
  expect(sizes(splits)).toEqual({ train: 800, validation: 100, test: 100 });
  const cut = await separationOf(names, splits);
  const apart = await atRandom(names);
  expect(cut.shared).toBeGreaterThan(0);
  expect(cut.shared).toBeLessThan((await separationOf(names, apart)).shared / 2);
});

test('what has a split keeps it, also where a new paper links two splits; the new one goes to that of most', async () => {
  const names = new Map<string, readonly string[]>([
    ...Array.from({ length: 20 }, (_, at): [string, string[]] => [`solo${at}`, [`s${at}`]]),
    ['a', ['ada']],
    ['b', ['ada']],
    ['c', ['cyd']],
    ['new', ['ada', 'cyd']],
  ]);
  const kept = new Map<string, Split>([
    ['a', 'test'],
    ['b', 'test'],
    ['c', 'train'],
  ]);
  const splits = await assign(names, kept);
  expect(['a', 'b', 'c', 'new'].map((id) => splits.get(id))).toEqual(['test', 'test', 'train', 'test']);
});

test('the same samples and seed give the same splits, in whatever order they come; each sample is in one fold', async () => {
  const names = teams(300);
  const reversed = new Map([...names].toReversed());
  expect(new Map([...(await assign(reversed))].sort())).toEqual(new Map([...(await assign(names))].sort()));
  const tests = await Promise.all(
    [1, 2, 3].map(async (fold) => {
      const splits = await assign(names, new Map(), { folds: 3, fold });
      return [...splits].flatMap(([id, split]) => (split === 'test' ? [id] : []));
    }),
  );
  expect(tests.flat().sort()).toEqual([...names.keys()].sort());
});

test('without a name of any sample a split by groups is refused', async () => {
  await expect(
    assign(
      new Map([
        ['a', []],
        ['b', []],
      ]),
    ),
  ).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});

test('the splits never differ in size from what was asked for, as long as there are single papers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 60, max: 200 }), fc.nat(1_000), async (papers, seed) => {
      const names = new Map(Array.from({ length: papers }, (_, at) => [`p${at}`, [`n${at}`]] as const));
      const { test: held = 0 } = sizes(await assign(names, new Map(), { seed }));
      expect(Math.abs(held - papers / 10)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 10 },
  );
});

test('the authors of papers are their groups, where the split is by groups', async () => {
  await using file = scratchFile();
  const gathered = new Corpus(file);
  const paper = { target: 'cs.AI', otherLabels: [], time: null, group: null };
  const texts = { title: 't', abstract: 'a' };
  await gathered.accept({ ...paper, id: '1', instance: { ...texts, authors: 'AdaLovelace, Bob' } });
  await gathered.accept({ ...paper, id: '2', instance: { ...texts, authors: 'Bob' } });
  await gathered.accept({ ...paper, id: '3', instance: texts });
  const corpus = await gathered.sealed();
  const names = await groupNamesOf(arxiv, { split: 'grouped' }, corpus, file);
  expect((await Array.fromAsync(names!.byName())).flat()).toEqual([
    { key: 'AdaLovelace', values: [0] },
    { key: 'Bob', values: [0, 1] },
  ]);
  expect(await groupNamesOf(arxiv, { split: 'auto' }, corpus, file)).toBeUndefined();
  expect(await groupNamesOf({}, { split: 'grouped' }, corpus, file)).toBeUndefined();
});

test('of a task whose file says that a record may be in several groups these are kept apart, by default too', async () => {
  const yaml =
    'task: tickets\nkind: tabular\nid: id\ngroup: { column: owners }\ntarget: { column: late, classes: [yes, no] }\ncolumns: { hours: number }\n';
  const task = declaredTask('tickets.yaml', yaml);
  await using file = scratchFile();
  const gathered = new Corpus(file);
  for (let i = 0; i < 90; i++) {
    const owners = [`team ${i % 30}`, `person ${Math.floor(i / 2)}`]; // three of a team, two of a person
    const { record } = task.read({ id: `t${i}`, hours: i, late: i % 2 ? 'yes' : 'no', owners });
    await gathered.accept({ ...record!, target: record!.target! });
  }
  const corpus = await gathered.sealed();
  for (const split of ['auto', 'grouped']) {
    const names = await groupNamesOf(task, { split }, corpus, file);
    const splits = await assignSplits(corpus, { ...REQUEST, split }, file, 'classification', names);
    expect(await separation(names!, splits)).toEqual({ samples: 90, distinct: 75, shared: 0, testSeen: 0 });
  }
});
