import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { epochlog, finished, printed, run } from '../../harness/command.ts';
import { eventually } from '../../harness/eventually.ts';
import { temporaryFolder } from '../../harness/folder.ts';
import { pythonWith } from '../python.ts';

const ROOT = join(import.meta.dirname, '../../..');
const here = (file: string) => join(import.meta.dirname, file);

/** The commands of the guide under a heading. */
async function commandsUnder(heading: string): Promise<string[]> {
  const guide = await readFile(join(ROOT, 'docs/mlflow.md'), 'utf8');
  const section = guide.slice(guide.indexOf(`## ${heading}`));
  return /```sh\n([\s\S]*?)```/.exec(section)![1]!.trim().split('\n');
}

test('the model of the Python example is gated, promoted and served as the guide says, equal to onnxruntime', async () => {
  const python = await pythonWith(here('requirements.txt'));
  await using folder = await temporaryFolder('mlflow-served');
  await cp(join(ROOT, 'docs/examples'), join(folder.path, 'docs/examples'), { recursive: true });
  const home = join(folder.path, 'home');
  const up = epochlog(home, ['up', '--json'], { EPOCHLOG_PORT: '0', EPOCHLOG_LOG_LEVEL: 'warn' });
  const ended = finished(up);
  try {
    const { url } = JSON.parse((await printed(up, /\n/)).split('\n')[0]!) as { url: string };
    const env = {
      ...process.env,
      ...{ MLFLOW_TRACKING_URI: url, MLFLOW_DISABLE_TELEMETRY: 'true', GIT_PYTHON_REFRESH: 'quiet' },
      ...{ MLFLOW_REQUIREMENTS_INFERENCE_RAISE_ERRORS: 'false', MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT: '1' },
      PYTHONWARNINGS: 'ignore',
    };
    const script = (args: readonly string[]) =>
      promisify(execFile)(python, args, { env, cwd: folder.path, maxBuffer: 1 << 26 });
    let dataset = '';
    let trackedRun = '';
    const sections = ['A model into production', 'Projects and tags', 'In SQL'];
    const commands = (await Promise.all(sections.map(commandsUnder))).flat();
    const said = new Map<string, string>();
    for (const command of commands) {
      if (command.startsWith('python ')) {
        const { stdout } = await script(command.split(' ').slice(1));
        trackedRun = JSON.parse(stdout.trim().split('\n').at(-1)!).run;
        await eventually(async () => {
          const { stdout } = await run(home, ['version', 'list', '--model', 'health-sklearn', '--json']);
          return stdout.includes('"production"') || stdout.includes('v1.0.0') || undefined;
        });
        continue;
      }
      const words = /^npx epochlog (.*?)(?: > (.*))?$/.exec(command)!;
      const named = words[1]!.replace('DATASET', dataset).replace(' RUN ', ` ${trackedRun} `);
      const args = [...named.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) =>
        (single ?? double ?? plain ?? '').replace(/^docs\//, `${folder.path}/docs/`),
      );
      const { code, stdout, stderr } = await run(home, args);
      expect([command, code, stderr]).toEqual([command, 0, expect.any(String)]);
      said.set(command, stdout);
      if (args[1] === 'seal')
        dataset = /account-health-[\w.-]+|health-sklearn-[\w.-]+/.exec(stdout)?.[0] ?? '';
      if (words[2] !== undefined) await writeFile(join(folder.path, words[2]), stdout);
    }
    expect(said.get('npx epochlog run list --project health-sklearn')).toContain(trackedRun);
    expect(said.get('npx epochlog run list --tag team=success')).toContain(trackedRun);
    expect(said.get('npx epochlog project show pricing')).toMatch(/two markets, monthly/);
    expect(said.get('npx epochlog project list')).toMatch(/health-sklearn .* 1 /);
    expect(said.get(commands.find((command) => command.includes(' sql '))!)).toContain('FINISHED');
    const lines = (await readFile(join(folder.path, 'train.jsonl'), 'utf8')).trim().split('\n').slice(0, 40);
    const instances = lines.map(
      (line) => (JSON.parse(line) as { instance: Record<string, unknown> }).instance,
    );
    await writeFile(join(folder.path, 'instances.json'), JSON.stringify(instances));
    const { stdout } = await script([here('predict_onnx.py'), 'instances.json']);
    const { probabilities, tags } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
      probabilities: number[][];
      tags: Record<string, string>;
    };
    expect(tags).toMatchObject({
      'epochlog.run_id': 'health-sklearn-mlflow-1',
      'epochlog.version': 'v1.0.0',
    });
    let largest = 0;
    for (const [row, instance] of instances.entries()) {
      const answer = await fetch(`${url}/v1/predict?probabilities=true`, {
        method: 'POST',
        body: JSON.stringify({ model: 'health-sklearn', instance }),
        headers: { 'content-type': 'application/json' },
      });
      const { predictions } = (await answer.json()) as {
        predictions: { probabilities: Record<string, number> }[];
      };
      const served = predictions[0]!.probabilities;
      const labels = Object.keys(served).sort(); // as scikit-learn has them
      expect(labels).toHaveLength(probabilities[row]!.length);
      for (const [at, name] of labels.entries())
        largest = Math.max(largest, Math.abs(served[name]! - probabilities[row]![at]!));
    }
    expect(largest).toBeLessThan(1e-5);
  } finally {
    up.kill('SIGTERM');
    await ended;
  }
});
