import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { putBundle } from '../../kernel/bundle.ts';
import { EpochlogError, systemCodeOf } from '../../kernel/errors.ts';
import { identifier } from '../../kernel/texts.ts';
import { headlines, measure } from '../../ml/metrics/format.ts';
import { SIGNATURE_FILE } from '../../ml/package/signature.ts';
import { newKeys } from '../../ml/package/signing.ts';
import { declaredModels, declaredTasks } from '../../operations/declared.ts';
import { readModel } from '../../operations/production.ts';
import type { Store } from '../../operations/session.ts';
import { type LoggedEvent, newEvent } from '../../schemas/catalogue.ts';
import type { EvaluationCompleted } from '../../schemas/events.generated.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, REASON, withBy } from '../arguments.ts';
import { ensureDeclared } from '../declare.ts';
import { EXIT } from '../exit.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { type CheckedModel, checkFolder, sealedDatasets } from '../import/check.ts';
import { checkPackaged } from '../import/packaged.ts';
import { readTextFile } from '../input-file.ts';
import { type Pending, pendingText } from '../pending.ts';
import { refusal } from '../refusal.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';
import { type ChangeOptions, changeOf, withChange } from '../version/change.ts';

interface Options extends ChangeOptions {
  model?: string;
  run?: string;
  reason: string;
  by: string;
  key?: string;
}

const KEY = [
  '--key <file>',
  'public key, PEM: the package must be signed with the other of the pair',
] as const;
const MODEL_FLAG = ['--model <name>', MODEL_OPTION, checked('--model', identifier)] as const;

/** `epochlog package check | import | keys`: models that were trained elsewhere. */
export function register(program: Command): void {
  const group = about(program.command('package'), 'training', [
    'npx epochlog package check forest',
    'npx epochlog package import forest --by ada',
    'npx epochlog package keys keys',
    'npx epochlog package import package --key keys/public.pem',
  ]).description('models that were trained elsewhere, as ONNX graphs');

  const keys = group
    .command('keys')
    .argument('<folder>', 'where private.pem and public.pem are written')
    .description('make an Ed25519 key pair: packages are signed with one key, and verified with the other');
  action(keys, async (_, { output }, folder = '') => {
    const { privateKey, publicKey } = newKeys();
    await mkdir(folder, { recursive: true });
    const files = { privateKey: join(folder, 'private.pem'), publicKey: join(folder, 'public.pem') };
    await writeNew(files.privateKey, privateKey, 0o600);
    await writeNew(files.publicKey, publicKey, 0o644);
    output.result(files);
    output.line(`keep ${files.privateKey} to yourself; who verifies needs ${files.publicKey}`);
  });

  const check = group
    .command('check')
    .argument('<folder>', 'a folder with signature.yaml and an ONNX graph, or an exported package')
    .description('check a model that was trained elsewhere; nothing is kept')
    .option(...KEY)
    .option(...MODEL_FLAG);
  action<Options>(check, async ({ model, key }, { config, output, model: defaultModel }, folder = '') => {
    const found = await withStore(config, (store) => checkedModel(store, folder, model ?? defaultModel, key));
    const { signature, task, dataset } = found;
    output.result({ folder, task, examples: signature.examples.length, dataset: dataset?.datasetId ?? null });
    output.line(
      `${folder} fits the task ${task}: its graph gives the scores of ${signature.examples.length} examples`,
    );
  });

  const load = group
    .command('import')
    .argument('<folder>', 'a folder with signature.yaml and an ONNX graph, or an exported package')
    .description('register a model that was trained elsewhere as a version, and promote it if it is better')
    .option(...KEY)
    .option(...MODEL_FLAG)
    .option('--run <id>', 'id of its run (default: a new one)', checked('--run', identifier))
    .option(...REASON);
  action<Options>(
    withBy(withChange(load)),
    async (options, { config, output, model: defaultModel }, folder = '') => {
      const { model = defaultModel, run, reason, by, key } = options;
      const change = changeOf(options);
      await withSession(config, async (session) => {
        await ensureDeclared(session, model, by);
        const { files, signature, dataset } = await checkedModel(session, folder, model, key);
        if (!dataset) {
          throw new EpochlogError(
            'NOT_FOUND',
            `no dataset of the task ${signature.task} is sealed to measure it with: run \`epochlog dataset seal --model ${model}\``,
          );
        }
        const runId = run ?? `${model}-import-${Date.now().toString(36)}`;
        const about = { runId, model, datasetId: dataset.datasetId, reason };
        const digest = await putBundle(session.artifacts, files);
        const there = await versionWith(session, model, digest);
        if (there !== undefined) {
          output.result({ model, version: there, package: digest, registered: false });
          output.line(
            `it is ${there} of ${model} already, so no version is registered; \`npx epochlog promote ${there} --model ${model}\` puts it into production`,
          );
          return;
        }
        const request = newEvent('RunReported', {
          ...about,
          ...told(signature, dataset.contentHash),
          package: digest,
          change,
          requestedBy: by,
        });
        const end = await requestAndFollow(session, request, {
          ends: [
            ...(['RunRefused', 'EvaluationFailed', 'PromotionRefused', 'VersionApproved'] as const),
            ...(['ReviewOpened', 'VersionPromoted'] as const),
          ],
          watched: ['EvaluationCompleted'],
          onEvent: ({ data }) => output.line(measuredOn(dataset.datasetId, data)),
        });
        if (end.type === 'RunRefused' || end.type === 'EvaluationFailed') {
          throw refusal(end.data);
        }
        output.result(end);
        output.line(becameOf(end));
        if (end.type === 'PromotionRefused') process.exitCode = EXIT.refused.code;
      });
    },
  );
}

/** The newest version of a model that has this package, unless the package was deleted since. */
async function versionWith({ events }: Pick<Store, 'events'>, model: string, digest: string) {
  const gone = new Set<string>();
  for await (const { data } of events.scan(['VersionExpired']))
    if (data.model === model) gone.add(data.version);
  const { versions } = await readModel(events, model);
  return [...versions.values()].findLast(({ data }) => data.package === digest && !gone.has(data.version))
    ?.data.version;
}

/** Writes a file that is not there yet. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text, { flag: 'wx', mode }).catch((cause: unknown) => {
    const code = systemCodeOf(cause) === 'EEXIST' ? 'CONFLICT' : 'INPUT_INVALID';
    throw new EpochlogError(code, `${path} cannot be written (${systemCodeOf(cause)})`, { cause });
  });
}

/** What a signature says of the run that it comes from. */
const told = (
  { dataset, trainedOn, trainer, libraries, parameters, metrics }: CheckedModel['signature'],
  contentHash: string,
) => ({
  contentHash: dataset === undefined ? null : contentHash,
  trainedOn,
  trainer,
  libraries,
  params: parameters,
  metrics,
  failure: null,
  startedAt: null,
  endedAt: null,
});

/** The model in a folder, checked for a model that is declared, or for none. */
async function checkedModel(
  { events }: Pick<Store, 'events'>,
  folder: string,
  model: string,
  key?: string,
): Promise<CheckedModel> {
  const declared = (await declaredModels(events)).get(model);
  const context = { model, tasks: await declaredTasks(events), datasets: await sealedDatasets(events) };
  const isPackage = existsSync(join(folder, SIGNATURE_FILE));
  if (!isPackage && key !== undefined)
    throw new EpochlogError('INPUT_INVALID', `--key: ${folder} is no package that \`version export\` wrote`);
  const found = isPackage
    ? await checkPackaged(folder, context, key === undefined ? undefined : await readTextFile(key))
    : await checkFolder(folder, context);
  if (!declared || declared.task === found.task) return found;
  throw new EpochlogError(
    'INPUT_INVALID',
    `${folder}/signature.yaml: task is ${found.task}, but ${model} learns ${declared.task}: give its model with --model`,
  );
}

function measuredOn(datasetId: string, { metrics, samples }: EvaluationCompleted): string {
  const measured = headlines(metrics).map(([name, value]) => `${name} ${measure(name, value)}`);
  return `on ${samples} test samples of ${datasetId}: ${measured.join(', ')}`;
}

function becameOf(end: LoggedEvent<'PromotionRefused' | 'VersionPromoted'> | Pending): string {
  if (end.type === 'VersionApproved' || end.type === 'ReviewOpened') return pendingText(end);
  const outcome = end.type === 'VersionPromoted' ? 'promoted' : 'refused';
  return `${end.data.version}: ${outcome}, ${end.data.reason}`;
}
