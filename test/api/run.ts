/**
 * The HTTP API of a real server against its own documentation: `npm run test:api`.
 *
 * Redocly (fetched from npm, pinned) must find no error in the documentation. Schemathesis (fetched from PyPI into .cache/, pinned) generates requests from /docs/json, right and wrong ones, and
 * checks that every answer is one that the route documents, in status, media type and form, and that no 5xx but 503 is
 * among them. Afterwards `epochlog verify` must find nothing wrong with the log. Needs Python 3.10 or later with pip.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { loadSources } from '../../tasks/source.ts';
import { cached } from '../harness/cached.ts';
import { ctrlC, epochlog, printed, text, writeCorpus } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const CONFIGURATION = join(import.meta.dirname, 'schemathesis.toml');
const CACHE = join(import.meta.dirname, '../../.cache/schemathesis');
const REDOCLY = '@redocly/cli@2.77.0';
const TOKEN = 'a-token-for-the-test-of-the-api';
const PAPERS = 300;
/** of what hangs; on a slow machine all of it takes long */
const TIMEOUT_MS = 20 * 60_000;
/** Values of a path's parameter that name something, as often as any other value. */
const KNOWN_SHARE = 0.5;
const MAX_TRIES = 600;

const run = promisify(execFile);

/** A folder with the pinned packages, which are fetched if they are not there. */
async function packages(): Promise<string> {
  const { stdout } = await run('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  const pinned = await readFile(REQUIREMENTS, 'utf8');
  const version = /^schemathesis==(.+)$/m.exec(pinned)?.[1];
  return cached(join(CACHE, `${version}-python${stdout.trim()}`), async (draft) => {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile'];
    await run('python3', [...pip, '--target', draft, '-r', REQUIREMENTS]);
  });
}

/** The configuration of the project, and values that name something on this server. */
async function configuration(url: string, path: string): Promise<void> {
  const first = async (list: string, field: string): Promise<string> => {
    for (let tries = 1; ; tries++) {
      const answer = await fetch(`${url}${list}`, { headers: { authorization: `Bearer ${TOKEN}` } });
      const { items } = (await answer.json()) as { items?: Record<string, string>[] };
      const value = items?.[0]?.[field];
      if (value !== undefined) return value;
      if (tries === MAX_TRIES) throw new Error(`${list} answered ${answer.status} and no ${field}`);
      await sleep(100); // it is projected a little later than it happens
    }
  };
  const known = {
    runId: await first('/v1/runs', 'runId'),
    datasetId: await first('/v1/datasets', 'datasetId'),
    model: await first('/v1/runs', 'model'),
    id: await first('/v1/events', 'id'),
    version: 'v1.0.0',
    digest: await first('/v1/datasets', 'artifact'),
    file: 'model.onnx',
    task: 'arxiv',
    recordId: await first('/v1/records?task=arxiv', 'recordId'),
  };
  const lines = [await readFile(CONFIGURATION, 'utf8')];
  for (const [name, value] of Object.entries(known)) {
    lines.push(`[dictionaries.${name}]`, `values = [${JSON.stringify(value)}]`);
    lines.push(`[parameters."path.${name}"]`, `dictionary = "${name}"`, `probability = ${KNOWN_SHARE}`);
  }
  await writeFile(path, `${lines.join('\n')}\n`);
}

/** Collections of remote sources that are asked for reach no host, and fail at once. */
const NOTHING_REMOTE = {
  EPOCHLOG_COLLECTOR_ADDRESSES: [...(await loadSources()).keys()]
    .map((name) => `${name}=http://127.0.0.1:9`)
    .join(','),
  EPOCHLOG_COLLECTOR_ATTEMPTS: '1',
  EPOCHLOG_COLLECTOR_PAUSE_SECONDS: '0',
};

/** Lints the documentation of a server; rejects with what is wrong. */
async function lint(url: string, folder: string): Promise<void> {
  const document = join(folder, 'openapi.json');
  const answer = await fetch(`${url}/docs/json`, { headers: { authorization: `Bearer ${TOKEN}` } });
  await writeFile(document, await answer.text());
  const child = spawn('npx', ['--yes', REDOCLY, 'lint', document], { stdio: 'inherit', cwd: folder });
  if ((await codeOf(child)) !== 0) throw new Error('the documentation has errors');
}

/** The exit code of a child that ends in time; it is killed otherwise. */
async function codeOf(child: ChildProcess): Promise<number> {
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  try {
    const [code]: (number | null)[] = await once(child, 'close');
    return code ?? 1;
  } finally {
    clearTimeout(timer);
  }
}

async function main(): Promise<number> {
  const program = await packages();
  await using folder = await temporaryFolder('api');
  const [home, papers, config] = ['home', 'papers.jsonl', 'schemathesis.toml'].map((name) =>
    join(folder.path, name),
  ) as [string, string, string];
  await writeCorpus(papers, PAPERS);
  const environment = {
    EPOCHLOG_TOKEN: TOKEN,
    EPOCHLOG_PORT: '0',
    EPOCHLOG_LOG_LEVEL: 'error',
    EPOCHLOG_API_HEARTBEAT_MS: '100', // a silent stream ends with the first one after its timeout
    ...NOTHING_REMOTE,
  };
  const server = epochlog(home, ['up', '--json'], environment, { detached: true });
  server.stderr?.pipe(process.stderr);
  try {
    const { url } = JSON.parse(await printed(server, /\n/)) as { url: string };
    await text(home, ['collect', papers], environment);
    await text(home, ['train', '--seed', '1', '--param', 'maxEpochs=3'], environment);
    await lint(url, folder.path);
    await configuration(url, config);
    const args = ['--config-file', config, 'run', `${url}/docs/json`, '-H', `Authorization: Bearer ${TOKEN}`];
    const env = { ...process.env, PYTHONPATH: program };
    const tested = await codeOf(
      spawn('python3', [join(program, 'bin/schemathesis'), ...args], {
        env,
        stdio: 'inherit',
        cwd: folder.path,
      }),
    );
    if (tested !== 0) return tested;
  } finally {
    const ended = once(server, 'close');
    if (server.exitCode === null) {
      ctrlC(server);
      await ended;
    }
  }
  process.stdout.write(await text(home, ['verify'], environment));
  return 0;
}

process.exitCode = await main();
