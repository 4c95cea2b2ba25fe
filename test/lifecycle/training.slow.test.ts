import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newEvent } from '../../schemas/catalogue.ts';
import { run } from '../harness/command.ts';
import { appendFact } from '../harness/facts.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { blocksOf, readGuide, runGuide } from '../harness/guide.ts';
import { startServices } from '../harness/services.ts';

const EXAMPLES = join(import.meta.dirname, '../../docs/examples/training');

test('the guide trains by a file, compares the runs, and repeats one byte for byte without a version of it', async () => {
  await using folder = await temporaryFolder('training');
  await cp(EXAMPLES, join(folder.path, 'docs/examples/training'), { recursive: true });
  const home = join(folder.path, 'home');
  const said = await runGuide({ name: 'training', home, cwd: folder.path, url: '' });
  const compared = said.get('npx epochlog run compare account-health-r1 account-health-r2 account-health-r3');
  expect(compared).toMatch(/maxRounds +100 +100 +300/);
  expect(said.get('npx epochlog run reproduce account-health-r1')).toMatch(
    /^account-health-r1-again1: the same package, byte for byte/,
  );
  const { stdout } = await run(home, ['version', 'list', '--model', 'account-health', '--json']);
  const versions: { runId: string }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(versions.map(({ runId }) => runId).sort()).toEqual([
    'account-health-r1',
    'account-health-r2',
    'account-health-r3',
  ]);
  const unknown = await run(home, ['run', 'reproduce', 'account-health-r9']);
  expect(unknown).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no run account-health-r9'),
  });

  const runLine = (line: string) => {
    const words = line.match(/"[^"]*"|\S+/g)!.map((word) => word.replace(/^"|"$/g, ''));
    return run(home, words.slice(2));
  };
  const onServer = 'c0ee7e13f6d742b0b4bc6eabe62f6062';
  {
    await using services = await startServices([], { home });
    const written = {
      server: 'http://127.0.0.1:5000',
      eventId: 'e1',
      model: 'account-health',
      mlflowVersion: null,
    };
    const what = { eventType: 'TrainingStarted', aggregate: 'account-health-r1', mlflowRunId: onServer };
    await appendFact(services, newEvent('EventMirrored', { ...written, ...what }));
  }
  const guide = await readGuide('mlflow');
  const section = guide.slice(
    guide.indexOf('## Your MLflow server has our runs too'),
    guide.indexOf("## MLflow's own tests"),
  );
  const commands = blocksOf('sh', section).flatMap((block) =>
    block.split('\n').filter((line) => !line.startsWith('export ')),
  );
  expect(commands).toHaveLength(2);
  const [counted, again] = [await runLine(commands[0]!), await runLine(commands[1]!)];
  expect(counted.stdout).toMatch(/EventMirrored +1/);
  expect(again.stdout).toMatch(/^account-health-r1-again2: the same package, byte for byte/);
  for (const [args, words] of [
    [['--mlflow', 'another'], 'no run of this log is another on a server of MLflow'],
    [['account-health-r1', '--mlflow', onServer], 'name the run, or with --mlflow its id'],
  ] as const) {
    const refused = await run(home, ['run', 'reproduce', ...args]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  }
});
