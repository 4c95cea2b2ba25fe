import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { policyChange } from '../../operations/declare.ts';
import { declaredModels, declaredTasks, policyOf } from '../../operations/declared.ts';
import type { Store } from '../../operations/session.ts';
import { modelStatuses } from '../../operations/status.ts';
import type { EventReader } from '../../schemas/catalogue.ts';
import type { ModelDeclared } from '../../schemas/events.generated.ts';
import { declaredModel, type ShippedModel, shippedModels } from '../../tasks/models.ts';
import { parsePolicy } from '../../tasks/policies/policy.ts';
import { taskNamed } from '../../tasks/registry.ts';
import { action } from '../action.ts';
import { withBy } from '../arguments.ts';
import { assertDeclarable, declareModel, ensureDeclared, nextAfterModel } from '../declare.ts';
import { answering, MODEL_HEADINGS, modelCells, runningServices } from '../describe-status.ts';
import { about } from '../help.ts';
import { readTextFile } from '../input-file.ts';
import { registerModelTest } from '../model-test/command.ts';
import { announceNewHome } from '../new-home.ts';
import { columns, table } from '../output.ts';
import { withStore, withStoreOrNewHome } from '../store.ts';
import { addImpact } from '../version/impact.ts';

/** `epochlog model declare | list | show | policy | test | impact`: what is trained, how, and by which rules it is decided about. */
export function register(program: Command): void {
  const model = about(program.command('model'), 'data', [
    'npx epochlog model declare model.yaml --by ada',
    'npx epochlog model list',
    'npx epochlog model show account-health',
    'npx epochlog model policy account-health policy.yaml',
    'npx epochlog model impact account-health',
    'npx epochlog model test package --data labelled.csv --expect accuracy=0.79 --tolerance 0.05',
  ]).description('models: declare one, or show those there are');

  const declare = model
    .command('declare')
    .argument('<file>', 'a model file, YAML')
    .description('declare a model, or change how it is trained from now on');
  action<{ by: string }>(withBy(declare), async ({ by }, { config, output }, file = '') => {
    const declared = declaredModel(file, await readTextFile(file));
    await announceNewHome(config, output, (events) => assertDeclarable(events, declared));
    await withStoreOrNewHome(config, (store) => declareModel(store, declared, by));
    output.result({ model: declared.model, version: declared.version, task: declared.task });
    output.line(`${declared.model} is declared, version ${declared.version}, of the task ${declared.task}`);
    output.line(`next: ${nextAfterModel(declared)}`);
  });

  const list = model
    .command('list')
    .description('the models that are declared: what is in production, and what answers');
  action(list, async (_, { config, output }) => {
    const models = await withStore(config, ({ events }) => modelStatuses(events));
    const running = await runningServices(config);
    for (const status of models) output.result({ ...status, served: answering(status, running) });
    const rows = models.map((status) => {
      const [name = '', ...rest] = modelCells(status, running);
      return [name, status.task, status.engine, ...rest];
    });
    const [name = '', ...rest] = MODEL_HEADINGS;
    if (rows.length > 0) output.line(table([name, 'task', 'engine', ...rest], rows, output.tableWidth));
    const others = [...(await shippedModels()).keys()].filter(
      (name) => !models.some(({ model }) => model === name),
    );
    if (others.length > 0) output.line(`not yet declared, but with epochlog: ${others.join(', ')}`);
  });

  const show = model
    .command('show')
    .argument('<model>')
    .description('a model: what is in production, what answers, and its file');
  action(show, async (_, { config, output }, name = '') => {
    const { found, policy, status } = await withStore(config, async ({ events }) => ({
      found: await modelNamed(events, name),
      policy: await policyOf(events, name),
      status: (await modelStatuses(events)).find(({ model }) => model === name),
    }));
    const running = await runningServices(config);
    output.result({
      ...found,
      ...(status && { ...status, served: answering(status, running) }),
      policyVersion: policy.version,
    });
    const told = status
      ? modelCells(status, running).slice(1)
      : ['-', '-', '-', 'nothing: it is not declared'];
    const named = MODEL_HEADINGS.slice(1).map((heading, at) => [heading, told[at] ?? '-']);
    const of = policy.version === 0 ? 'the default' : `version ${policy.version}`;
    output.line(columns([...named, ['policy', `${of}: npx epochlog model policy ${name}`]], output.width));
    output.line(`\n${found.file.trimEnd()}`);
  });

  registerModelTest(model);
  addImpact(model);

  const policy = model
    .command('policy')
    .argument('<model>')
    .argument('[file]', 'a policy file, YAML: changes the policy to it')
    .description('show the policy of a model, or change it: what is decided from then on follows it');
  action<{ by: string }>(withBy(policy), async ({ by }, { config, output }, name = '', file?: string) => {
    if (file === undefined) {
      const shown = await withStore(config, async ({ events }) => {
        await modelNamed(events, name);
        return policyOf(events, name);
      });
      output.result({ model: name, ...shown });
      output.line(
        `# policy of ${name}, version ${shown.version}${shown.version === 0 ? ': the default' : ''}`,
      );
      output.line(shown.file.trimEnd());
      return;
    }
    const text = await readTextFile(file);
    await announceNewHome(config, output, (events) => modelNamed(events, name));
    const { before, after } = await withStoreOrNewHome(config, (store) =>
      changePolicy(store, name, { name: file, text, by }),
    );
    const { version } = after;
    output.result({ model: name, version, changed: version !== before.version });
    output.line(
      version === before.version
        ? `the policy of ${name} is that already: version ${version}`
        : `the policy of ${name} is now version ${version}; decisions from here on name it`,
    );
  });
}

/** Changes the policy of a model, unless it is that already. INPUT_INVALID for a file that does not fit, NOT_FOUND without a model. */
async function changePolicy(
  { events, publisher }: Store,
  model: string,
  { name, text, by }: { name: string; text: string; by: string },
) {
  const { task } = await modelNamed(events, model);
  const { target } = taskNamed(await declaredTasks(events), task);
  const policy = parsePolicy(name, text, target.type);
  await ensureDeclared({ events, publisher }, model, by);
  const before = await policyOf(events, model);
  if (before.version > 0 && before.file === text) return { before, after: before };
  await publisher.publish([policyChange(model, text, policy, by)]);
  return { before, after: await policyOf(events, model) };
}

/** A model that is declared, or comes with epochlog. NOT_FOUND, with the nearest name, when it is neither. */
async function modelNamed(
  events: Pick<EventReader, 'scan'>,
  name: string,
): Promise<ModelDeclared | ShippedModel> {
  const models = await declaredModels(events);
  const shipped = await shippedModels();
  const found = models.get(name) ?? shipped.get(name);
  if (found) return found;
  const known = suggestion(name, [...new Set([...models.keys(), ...shipped.keys()])].sort());
  throw new EpochlogError('NOT_FOUND', `there is no model ${name}; ${known}`);
}
