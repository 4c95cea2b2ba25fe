import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { declaredTasks } from '../../operations/declared.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { declaredTask } from '../../tasks/declared/declared.ts';
import { loadTasks } from '../../tasks/load.ts';
import { taskNamed } from '../../tasks/registry.ts';
import type { Task } from '../../tasks/task.ts';
import { action } from '../action.ts';
import { withBy } from '../arguments.ts';
import { about } from '../help.ts';
import { readTextFile } from '../input-file.ts';
import { announceNewHome } from '../new-home.ts';
import { table } from '../output.ts';
import { withStore, withStoreOrNewHome } from '../store.ts';

/** `epochlog task declare | list | show`: what models learn. */
export function register(program: Command): void {
  const task = about(program.command('task'), 'data', [
    'npx epochlog task declare task.yaml',
    'npx epochlog task list',
    'npx epochlog task show account-health',
  ]).description('what models learn: declare a task, or show those there are');

  const declare = task
    .command('declare')
    .argument('<file>', 'a task file, YAML')
    .description('declare a task, or change one that was declared');
  action<{ by: string }>(withBy(declare), async ({ by }, { config, output }, file = '') => {
    const text = await readTextFile(file);
    const { name, version } = declaredTask(file, text);
    if ((await loadTasks()).has(name)) {
      throw new EpochlogError(
        'CONFLICT',
        `${file}: ${name} is a task that comes with epochlog: give yours another name`,
      );
    }
    await announceNewHome(config, output);
    await withStoreOrNewHome(config, async ({ publisher }) => {
      await publisher.publish([
        newEvent('TaskDeclared', { task: name, version, file: text, requestedBy: by }),
      ]);
    });
    output.result({ task: name, version });
    output.line(`${name} is declared, version ${version}`);
    output.line(`next: npx epochlog collect --task ${name} FILE`);
  });

  const list = task.command('list').description('the tasks there are');
  action(list, async (_, { config, output }) => {
    const tasks = await withStore(config, ({ events }) => declaredTasks(events));
    for (const task of tasks.values()) output.result(summaryOf(task));
    const rows = [...tasks.values()].map(({ name, target, description }) => [name, target.type, description]);
    output.line(table(['task', 'target', ''], rows, output.width));
  });

  const show = task.command('show').argument('<task>').description('a task: its fields and its target');
  action(show, async (_, { config, output }, name = '') => {
    const found = taskNamed(await withStore(config, ({ events }) => declaredTasks(events)), name);
    output.result(summaryOf(found));
    output.line(`${found.name}, version ${found.version}: ${found.description}`);
    for (const [field, { type, required, ...rest }] of Object.entries(found.schema.fields)) {
      const details = Object.entries(rest).map(([key, value]) => `${key} ${value}`);
      output.line(
        `  ${field.padEnd(24)} ${[type, required ? 'required' : '', ...details].filter(Boolean).join(', ')}`,
      );
    }
    output.line(`  target: ${describeTarget(found)}`);
  });
}

const summaryOf = ({ name, version, description, schema, target }: Task) => ({
  task: name,
  version,
  description,
  fields: schema.fields,
  target,
});

function describeTarget({ target }: Task): string {
  if (target.type !== 'regression') {
    const labels = target.labels?.join(', ');
    return target.type === 'classification'
      ? (labels ?? 'classes, those of the data')
      : `any number of ${labels ?? 'labels, those of the data'}`;
  }
  const { unit, minimum, maximum } = target;
  const parts = [
    'a number',
    unit && `in ${unit}`,
    minimum !== null && `at least ${minimum}`,
    maximum !== null && `at most ${maximum}`,
  ];
  return parts.filter((part) => typeof part === 'string').join(' ');
}
