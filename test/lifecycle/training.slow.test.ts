import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { runGuide } from '../harness/guide.ts';

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
});
