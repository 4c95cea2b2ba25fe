import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clone, cloneProject } from './harness/clone.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** A copy of the project to which the worked examples of CONTRIBUTING.md are added. */
let clone: string;
let folder: Clone;

const epochlog = (...args: string[]) =>
  run('node', ['cli/epochlog.js', ...args], {
    cwd: clone,
    env: { ...process.env, EPOCHLOG_HOME: join(clone, 'home') },
  });

const paper = (id: string, abstract: string) =>
  JSON.stringify({
    arxiv_id: id,
    title: `A study of something ${id}`,
    abstract,
    authors: [],
    categories: ['cs.SE'],
    primary_category: 'cs.SE',
    published: '2024-05-01',
  });

beforeAll(async () => {
  folder = await cloneProject('tsconfig.json', 'package-lock.json');
  clone = folder.path;
  const withoutTests = {
    extends: './tsconfig.json',
    exclude: ['node_modules', '**/*.test.ts', '**/testing'],
  };
  await writeFile(join(clone, 'without-tests.json'), JSON.stringify(withoutTests));
  await writeFile(
    join(clone, 'papers.jsonl'),
    `${paper('2405.00001', 'Our code is at https://github.com/someone/something and works.')}\n${paper('2405.00002', 'No code.')}\n`,
  );
});
afterAll(() => folder.remove());

test('the worked examples work as they are written', async () => {
  await epochlog('collect', 'papers.jsonl');

  const guide = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8');
  const files = [...guide.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)];
  expect(files).toHaveLength(7);
  for (const [, path, text] of files) {
    await mkdir(dirname(join(clone, path!)), { recursive: true });
    await writeFile(join(clone, path!), text!);
  }
  await run('npm', ['run', 'generate'], { cwd: clone });
  await run(join(clone, 'node_modules/.bin/tsc'), ['--project', 'without-tests.json'], { cwd: clone });

  // the fourth task: the commands that follow its files
  const commands = [...guide.matchAll(/^npx epochlog (.*--\w+ \S*parcels.*)$/gm)].map(([, line]) =>
    Array.from(line!.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, word]) => quoted ?? word!),
  );
  const answers: unknown[] = [];
  for (const command of commands) {
    const { stdout } = await epochlog(...command, '--json');
    answers.push(JSON.parse(stdout));
  }
  expect(answers).toMatchObject([
    { records: 500, samples: { SampleAccepted: 500 } },
    { data: { version: 'v1.0.0', outcome: 'promoted' } },
    { model: 'late-parcels', predictions: [{ label: 'late' }] },
  ]);

  // the papers were collected before the service and the projection existed
  const { stdout: rows } = await epochlog(
    'sql',
    '--json',
    'SELECT arxiv_id, url FROM mentions ORDER BY arxiv_id',
  );
  expect(JSON.parse(rows)).toEqual({ arxiv_id: '2405.00001', url: 'https://github.com/someone/something' });
  const { stdout: events } = await epochlog('events', '--json', '--stream', 'mentions');
  expect(JSON.parse(events)).toMatchObject({
    type: 'CodeMentioned',
    source: 'librarian',
    subject: '2405.00001',
    sequence: 1,
  });
});
