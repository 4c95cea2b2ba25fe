import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, answers, ctrlC, epochlog, finished, printed, run, writeCorpus } from '../harness/command.ts';
import type { Finished } from '../harness/runner.ts';
import { BAD_COMMANDS, badFiles, wordsOf } from './bad-commands.ts';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'epochlog-bad-input-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const paper = (fields: object) =>
  JSON.stringify({
    arxiv_id: '2401.00001',
    title: 'On things',
    abstract: 'We study things and show what they do. '.repeat(10),
    authors: [],
    categories: ['cs.DB'],
    primary_category: 'cs.DB',
    published: '2024-01-01',
    ...fields,
  });

test('invalid lines and rejected samples have events with their reasons; the other lines are processed', async () => {
  const { title, ...untitled } = JSON.parse(paper({ arxiv_id: '2401.00002' }));
  expect(title).toBeDefined();
  const lines = [
    paper({}),
    '{"arxiv_id": "2401.00009", broken',
    JSON.stringify(untitled),
    paper({ arxiv_id: '2401.00003', primary_category: 'math.AG', title: 'On other things' }),
    paper({ arxiv_id: '2401.00004', abstract: 'Short.', title: 'On short things' }),
    paper({}),
  ];
  await writeFile(at('mixed.jsonl'), lines.join('\n'));
  expect(await answer(at('collecting'), ['collect', at('mixed.jsonl')])).toMatchObject({
    records: 4,
    rejected: 2,
    samples: { SampleAccepted: 1, SampleDeduplicated: 1, SampleRejected: 2 },
  });
  expect(await answers(at('collecting'), ['events', '--type', 'RecordRejected'])).toMatchObject([
    { data: { line: 2, code: 'broken_json' } },
    { data: { line: 3, code: 'missing_field', reason: expect.stringContaining('title') } },
  ]);
  expect(await answers(at('collecting'), ['events', '--type', 'SampleRejected'])).toMatchObject([
    { data: { reason: 'unknown_label' } },
    { data: { reason: 'too_short' } },
  ]);
});

test('a file with only rejected lines ends with 3, and says why', async () => {
  await writeFile(at('none.jsonl'), `no paper\n${'0\n'.repeat(2_000)}`);
  const { code, stdout } = await run(at('collecting'), ['collect', at('none.jsonl')]);
  expect({ code, stdout }).toEqual({
    code: 3,
    stdout: expect.stringMatching(
      /^0 records of arxiv collected, 2001 lines rejected\n0 samples .*\nwhy lines .*\(broken_json 1, not_an_object 2000\).*\n1001 /,
    ),
  });
});

test.each([
  ['empty', 'empty.jsonl', '', /is empty/],
  ['gzip by name only', 'plain.jsonl.gz', '{}\n', /not gzip/],
  ['not there', 'nowhere.jsonl', undefined, /no such file/],
])('a file that is %s is refused with what to do', async (_, name, content, message) => {
  if (content !== undefined) await writeFile(at(name), content);
  for (const command of [
    ['collect', at(name)],
    ['lifecycle', '--data', at(name)],
    ['predict', '--data', at(name)],
  ]) {
    const { code, stderr } = await run(at('collecting'), command);
    expect({ command, code, stderr }).toEqual({ command, code: 2, stderr: expect.stringMatching(message) });
  }
});

const refused = async ([args, code, message]: readonly [readonly string[], number, RegExp]) => {
  const ended = await run(at('empty-home'), args);
  expect(ended).toMatchObject({ code, stderr: expect.stringMatching(message) });
};

test.each([
  [['promote', 'v1.0.0'], 2, /no log in/],
  [['train'], 2, /no log in/],
  [['collect', '--task', 'flight', import.meta.filename], 2, /no task 'flight'.*no log in .*empty-home yet/],
  [['collect', '--watch', '/nowhere'], 2, /there is no such folder/],
  [['model', 'policy', 'churn', import.meta.filename], 2, /no model churn.*no log in .*empty-home yet/],
] as const)('%j is refused, and no data folder is created', async (...asked) => {
  await refused(asked);
  expect(existsSync(at('empty-home'))).toBe(false);
});

test('a wrong setting is named', async () => {
  const ended = await run(at('empty-home'), ['train'], { EPOCHLOG_CURATOR_MIN_WORDS: 'few' });
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('EPOCHLOG_CURATOR_MIN_WORDS') });
});

test('a port in use is an error of `up` that says what to do, and no data folder is created', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const taken = await run(at('no-home'), ['up'], { EPOCHLOG_PORT: String(port) });
  expect(taken).toMatchObject({ code: 4, stderr: expect.stringContaining('EPOCHLOG_PORT') });
  expect(existsSync(at('no-home'))).toBe(false);
  server.close();
});

describe('beside `epochlog up`', () => {
  let up: ChildProcess;
  let ended: Promise<Finished>;
  beforeAll(async () => {
    up = epochlog(at('empty-home'), ['up', '--json'], { EPOCHLOG_PORT: '0' });
    ended = finished(up);
    await printed(up, /\n/);
  });
  afterAll(() => up.kill('SIGKILL'));

  test.each([
    [['train', '--param', 'c=much'], 2, /c is of a wrong type/],
    [['train'], 3, /samples/],
    [['promote', 'v1.0.0'], 3, /no v1\.0\.0/],
    [['predict', '--title', 'x'], 2, /no version of arxiv-classifier is registered/],
  ] as const)('%j is refused', (...asked) => refused(asked));

  test('another is refused: the folder is in use', async () => {
    const second = await run(at('empty-home'), ['up'], { EPOCHLOG_PORT: '0' });
    expect(second).toMatchObject({ code: 4, stderr: expect.stringContaining(`process ${up.pid}`) });
    up.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0 });
  });
});

describe('beside a trained version', () => {
  let up: ChildProcess;
  beforeAll(async () => {
    await writeCorpus(at('corpus.jsonl'), 250);
    await answer(at('trained'), ['collect', at('corpus.jsonl')]);
    await answer(at('trained'), ['train', '--param', 'maxEpochs=2']);
  });

  test('60 wrong command lines are answered with what is wrong, where, and what to type', async () => {
    for (const [path, content] of Object.entries(badFiles(paper({})))) {
      await mkdir(dirname(at(path)), { recursive: true });
      await writeFile(at(path), content);
    }
    up = epochlog(at('trained'), ['up'], { EPOCHLOG_PORT: '0' }, { detached: true });
    await printed(up, /is up at/);
    const sections: string[] = [];
    for (const [heading, commands] of Object.entries(BAD_COMMANDS)) {
      const rows: string[] = [];
      for (const [what, line] of commands) rows.push(rowOf(what, line, await typed(line)));
      sections.push(
        `## ${heading}\n\n| | typed | exit code | answer |\n|---|---|---|---|\n${rows.join('\n')}\n`,
      );
    }
    await expect(`${PAGE}\n${sections.join('\n')}`).toMatchFileSnapshot('../../docs/bad-input.md');
    const ended = finished(up);
    ctrlC(up);
    await ended;
  });

  test('a truncated model package is an error that names it, and is not served', async () => {
    type Completed = { data: { package: string } };
    const { data: sums } = await answer<Completed>(at('trained'), ['events', '--type', 'TrainingCompleted']);
    const store = at('trained/artifacts/sha256');
    const pathOf = (digest: string) => join(store, digest.slice(7, 9), digest.slice(7));
    const model = /^([0-9a-f]{64}) +model\.onnx$/m.exec(await readFile(pathOf(sums.package), 'utf8'))?.[1];
    expect(await readdir(join(store, model!.slice(0, 2)))).toContain(model);
    await truncate(pathOf(`sha256:${model}`), 1_000);
    const { code, stderr } = await finished(
      epochlog(at('trained'), ['predict', '--title', 'x'], { EPOCHLOG_LOG_LEVEL: 'error' }),
    );
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining(model!) });
  });
});

const PAGE = `# Wrong input

What epochlog answers to wrong command lines: what is wrong, where, and what to type next. With \`--json\` the answer is
\`{"error": {"code", "message"}}\`; [exit codes](cli.md#output-and-exit-codes) tell scripts the kind. A test types all of them; this
page is what it got.
`;

async function typed(line: string): Promise<{ code: number | null; said: string }> {
  const ended = await run(at('trained'), wordsOf(line), {}, folder);
  const { code, stderr, stdout } = line.includes('--json')
    ? { ...ended, stderr: errorIn(ended.stdout) }
    : ended;
  expect({ line, code, stdout: line.includes('--json') ? '' : stdout }).toEqual({
    line,
    code: expect.toBeOneOf([2, 3]),
    stdout: '',
  });
  return {
    code,
    said: stderr
      .trim()
      .replace(/^epochlog: /, '')
      .replaceAll(`${folder}/`, '')
      .replace(/(?<=, it is )\d{4}-\d\d-\d\d/, 'YYYY-MM-DD'),
  };
}

function errorIn(stdout: string): string {
  const { error } = JSON.parse(stdout);
  return `${error.message} [${error.code}]`;
}

function rowOf(what: string, line: string, { code, said }: { code: number | null; said: string }): string {
  const text = said.replaceAll('\n', '<br>').replaceAll(/[|<](?!br>)/g, (character) => `\\${character}`);
  return `| ${what} | \`epochlog ${line}\` | ${code} | ${text} |`;
}
