/**
 * What wrong tokens cost those who have right ones:
 *
 *     node test/bench/tokens.ts [--wrong 10000] [--at-once 32]
 *
 * A server asks for tokens. The latency of a request with a right token, one after another, is measured alone and while
 * wrong tokens of four forms come from another process at the same address as fast as they are answered: words, tokens of no id, of the
 * right id with another secret, and misspelt ones. What the server logs at the level debug must hold none of them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import { newToken, parseToken } from '../../schemas/tokens/secret.ts';
import { ctrlC, epochlog, printed, text } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';

const ALONE = 2_000;

const { values } = parseArgs({
  options: {
    wrong: { type: 'string', default: '10000' },
    'at-once': { type: 'string', default: '32' },
    flood: { type: 'string' },
  },
});
const count = Number(values.wrong);

/** A token of an id, with another secret and the right checksum. */
function forged(id: string): string {
  const token = `epl_${id}_${newToken().secret}`;
  return `${token}${crc32(token).toString(16).padStart(8, '0')}`;
}

const quantile = (sorted: readonly number[], q: number) =>
  (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN).toFixed(1);

async function ask(url: string, token: string): Promise<number> {
  const answer = await fetch(`${url}/v1/actor`, { headers: { authorization: `Bearer ${token}` } });
  await answer.arrayBuffer();
  return answer.status;
}

/** In the process of those with wrong tokens: sends them as fast as they are answered. */
async function flood(url: string, wrong: readonly string[]): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  let next = 0;
  const one = async () => {
    while (next < wrong.length) {
      const status = await ask(url, wrong[next++]!);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: Number(values['at-once']) }, one));
  return statuses;
}

async function main(): Promise<void> {
  await using folder = await temporaryFolder('tokens');
  const home = `${folder.path}/home`;
  const environment = {
    EPOCHLOG_AUTHENTICATION: 'required',
    EPOCHLOG_PORT: '0',
    EPOCHLOG_RATE_LIMIT: '0',
    EPOCHLOG_LOG_LEVEL: 'debug',
  };
  const created = await text(
    home,
    ['token', 'create', '--name', 'good', '--role', 'viewer', '--json'],
    environment,
  );
  const { token: good } = JSON.parse(created) as { token: string };
  const id = parseToken(good)?.id ?? '';
  const server = epochlog(home, ['up', '--json'], environment, { detached: true });
  let logged = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    logged += chunk.toString();
  });
  try {
    const { url } = JSON.parse(await printed(server, /\n/)) as { url: string };
    async function goodOnes(isDone: () => boolean): Promise<void> {
      const taken: number[] = [];
      while (!isDone() || taken.length < 10) {
        const began = performance.now();
        const status = await ask(url, good);
        if (status !== 200) throw new Error(`a right token was answered with ${status}`);
        taken.push(performance.now() - began);
        if (taken.length >= ALONE && isDone()) break;
      }
      taken.sort((a, b) => a - b);
      process.stdout.write(
        `| ${taken.length} | ${quantile(taken, 0.5)} | ${quantile(taken, 0.99)} | ${quantile(taken, 1)} |\n`,
      );
    }
    const first = performance.now();
    await ask(url, good);
    process.stdout.write(`first request with the token: ${(performance.now() - first).toFixed(0)} ms\n\n`);
    process.stdout.write('| right tokens | p50 ms | p99 ms | most ms |\n|---:|---:|---:|---:|\n');
    let asked = 0;
    await goodOnes(() => {
      asked += 1;
      return asked > ALONE;
    });
    const wrong = Array.from(
      { length: count },
      (_, i) =>
        [`word-${i}-of-no-form`, newToken().token, forged(id), `${newToken().token.slice(0, -1)}z`][i % 4]!,
    );
    const flooding = fork(import.meta.filename, ['--flood', url, '--at-once', values['at-once']]);
    const began = performance.now();
    let statuses: Record<string, number> | undefined;
    flooding.on('message', (told: Record<string, number>) => {
      statuses = told;
    });
    flooding.send(wrong);
    await goodOnes(() => statuses !== undefined);
    const seconds = (performance.now() - began) / 1_000;
    const answers = Object.entries(statuses ?? {})
      .map(([status, times]) => `${times} × ${status}`)
      .join(', ');
    process.stdout.write(`\n${count} wrong tokens in ${seconds.toFixed(1)} s: ${answers}\n`);
    const found = [...wrong, good].filter((one) => logged.includes(one)).length;
    process.stdout.write(`tokens in the ${logged.length} characters that the server logged: ${found}\n`);
  } finally {
    const ended = once(server, 'close');
    ctrlC(server);
    await ended;
  }
}

if (values.flood === undefined) await main();
else {
  const { flood: url } = values;
  const [wrong] = (await once(process, 'message')) as [string[]];
  process.send?.(await flood(url, wrong), () => process.disconnect());
}
