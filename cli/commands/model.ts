import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { declaredModels } from '../../operations/declared.ts';
import { declaredModel, shippedModels } from '../../tasks/models.ts';
import { action } from '../action.ts';
import { declareModel } from '../declare.ts';
import { readTextFile } from '../input-file.ts';
import { withStore, withStoreOrNewHome } from '../store.ts';

/** `epochlog model declare | list | show`: what is trained, and how. */
export function register(program: Command): void {
  const model = program.command('model').description('models: declare one, or show those there are');

  const declare = model
    .command('declare')
    .argument('<file>', 'a model file, YAML')
    .description('declare a model, or change how it is trained from now on');
  action(declare, async (_, { config, output }, file = '') => {
    const declared = declaredModel(file, await readTextFile(file));
    await withStoreOrNewHome(config, (store) => declareModel(store, declared));
    output.result({ model: declared.model, version: declared.version, task: declared.task });
    output.line(`${declared.model} is declared, version ${declared.version}, of the task ${declared.task}`);
    output.line(`next: npx epochlog train --model ${declared.model}`);
  });

  const list = model.command('list').description('the models that are declared');
  action(list, async (_, { config, output }) => {
    const models = [...(await withStore(config, ({ events }) => declaredModels(events))).values()];
    output.result(models.map(({ file: _, ...rest }) => rest));
    for (const { model, task, engine, description } of models) {
      output.line(`${model.padEnd(24)} ${task.padEnd(16)} ${engine.padEnd(10)} ${description}`);
    }
    const others = [...(await shippedModels()).keys()].filter(
      (name) => !models.some(({ model }) => model === name),
    );
    if (others.length > 0) output.line(`not yet declared, but with epochlog: ${others.join(', ')}`);
  });

  const show = model.command('show').argument('<model>').description('how a model is declared: its file');
  action(show, async (_, { config, output }, name = '') => {
    const models = await withStore(config, ({ events }) => declaredModels(events));
    const found = models.get(name) ?? (await shippedModels()).get(name);
    if (!found) {
      const known = [...models.keys()].join(', ') || 'none';
      throw new EpochlogError('NOT_FOUND', `there is no model ${name}; declared: ${known}`);
    }
    output.result(found);
    output.line(found.file.trimEnd());
  });
}
