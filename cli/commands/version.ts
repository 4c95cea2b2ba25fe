import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { getBundle } from '../../kernel/bundle.ts';
import { EpochlogError, systemCodeOf } from '../../kernel/errors.ts';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { huggingFaceExport } from '../../ml/hugging-face/export.ts';
import { MODEL_CARD_FILE } from '../../ml/package/model-card.ts';
import { SIGNATURE_OF_SUMS, signSums } from '../../ml/package/signing.ts';
import { registryCard, registryCardPage } from '../../ml/report/card.ts';
import { readModel } from '../../operations/production.ts';
import type { Store } from '../../operations/session.ts';
import { dossierOf } from '../../schemas/models/dossier.ts';
import { assertNotExpired } from '../../schemas/models/kept.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { about } from '../help.ts';
import { readTextFile } from '../input-file.ts';
import { addList, addShow, cell, day, lists, noVersion, primary, type Row } from '../listing.ts';
import { writeWhole } from '../output-file.ts';
import { addVersionReport, findingsOf } from '../reports/command.ts';
import { withStore } from '../store.ts';
import { addAliases } from '../version/aliases.ts';
import { addLineage, lineageNamed } from '../version/lineage.ts';
import { addRetention } from '../version/retention.ts';
import { QUALITY_OF_VERSIONS } from '../version-quality.ts';

/** Where a version answers beside production. */
const others = (environments: Row[string]): string[] =>
  Array.isArray(environments) ? environments.map((name) => `serving in ${name}`) : [];

interface CardOptions {
  model?: string;
  html?: boolean;
  out?: string;
}

/** `epochlog version list | quality | show | lineage | report | card | export | alias | tag | next | retention`: the versions of a model, and their packages. */
export function register(program: Command): void {
  const version = about(program.command('version'), 'training', [
    'npx epochlog version list',
    'npx epochlog version show v1.0.0',
    'npx epochlog version quality --since 2026-03-01 --until 2026-04-01',
    'npx epochlog version lineage v1.0.0',
    'npx epochlog version report v1.0.0 --out v1.html',
    'npx epochlog version card v1.0.0',
    'npx epochlog version card v1.0.0 --out card.html',
    'npx epochlog version export v1.0.0 --to package',
    'npx epochlog version export v1.0.0 --to package --sign keys/private.pem',
    'npx epochlog version export v1.0.0 --layout hugging-face --to classifier',
    'npx epochlog version alias champion=v1.1.0 challenger= --expect champion=v1.0.0',
    'npx epochlog version tag v1.1.0 owner=ada',
    'npx epochlog version next major',
    'npx epochlog version retention',
  ]).description('versions of a model, and the packages they are served from');
  addList(version, {
    description: 'the versions of a model, the newest first',
    query: 'versions/list',
    isOfOneModel: true,
    columns: {
      version: cell('version'),
      status: ({ status, environments }) => [status, ...others(environments)].join(', '),
      measured: primary,
      'size (MB)': ({ sizeMb }) => (typeof sizeMb === 'number' ? Number(sizeMb.toFixed(2)) : null),
      aliases: ({ aliases }) => (Array.isArray(aliases) ? aliases.join(', ') : null),
      run: cell('runId'),
      registered: ({ registeredAt }) => day(registeredAt),
    },
  });
  lists(version.command('quality'), QUALITY_OF_VERSIONS);
  addShow(version, {
    what: 'version',
    description: 'a version: where it comes from, what was measured',
    isOfOneModel: true,
    async find({ query }, version, model) {
      const [found] = await query<Row>('versions/by-version', { model, version });
      if (found) return found;
      const all = await query<{ version: string }>('versions/list', { model, limit: 100 });
      return { known: all.map(({ version }) => version) };
    },
  });

  addAliases(version);
  addLineage(version);
  addRetention(version);
  addVersionReport(version);

  const card = ofVersion(
    version.command('card'),
    'the model card of a version, as Markdown or a page (default: of the one in production)',
  )
    .option('--html', 'as a page of HTML, which needs no other file')
    .option('--out <file>', 'write it to a file: a page where its name ends with .html, else Markdown');
  action<CardOptions>(
    card,
    async ({ html = false, out, ...options }, { config, output, model }, name?: string) => {
      const { version, subject, findings, packaged } = await withStore(config, async (store) => {
        const found = await packageOf(store, options.model ?? model, name);
        const lineage = await lineageNamed(store.events, options.model ?? model, found.version);
        return {
          version: found.version,
          subject: dossierOf(lineage),
          findings: await findingsOf(store, lineage),
          packaged: Buffer.from(found.files.get(MODEL_CARD_FILE) ?? []).toString('utf8'),
        };
      });
      const isPage = html || /\.html?$/i.test(out ?? '');
      const text = (isPage ? registryCardPage : registryCard)(subject, findings, packaged);
      if (out !== undefined) writeWhole(out, text);
      output.result({
        model: options.model ?? model,
        version,
        ...(out === undefined ? { card: text } : { file: out }),
      });
      output.line(out === undefined ? text.trimEnd() : `the model card of ${version} is in ${out}`);
    },
  );

  const exported = ofVersion(
    version.command('export'),
    'write the package of a version into a folder: the ONNX model, its signature, card and checksums',
  )
    .requiredOption('--to <folder>', 'a new or empty folder')
    .addOption(
      new Option(
        '--layout <layout>',
        'package, or hugging-face: the encoder of a version as the library transformers reads it',
      )
        .choices(['package', 'hugging-face'])
        .default('package'),
    )
    .option('--sign <file>', 'private key, PEM: signs the checksums (`package keys` makes one)');
  action<{ model?: string; to: string; sign?: string; layout: string }>(
    exported,
    async ({ to, sign, layout, ...options }, { config, output, model }, name?: string) => {
      const key = sign === undefined ? undefined : await readTextFile(sign);
      const {
        version,
        digest,
        files: packed,
      } = await withStore(config, (store) => packageOf(store, options.model ?? model, name));
      const files = layout === 'package' ? packed : huggingFaceExport(packed);
      const signature = key === undefined ? [] : [[SIGNATURE_OF_SUMS, signSums(files, key)] as const];
      await writeFolder(to, new Map([...files, ...signature]));
      output.result({
        model: options.model ?? model,
        version,
        package: digest,
        layout,
        folder: to,
        files: [...files.keys()],
        signed: key !== undefined,
      });
      output.line(`${version}: ${files.size} files in ${to}; \`sha256sum -c SHA256SUMS\` there proves them`);
    },
  );
}

const ofVersion = (command: Command, description: string): Command =>
  command
    .argument('[version]', 'such as v1.0.0 (default: the one in production)', checked('version', versionText))
    .description(description)
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));

/** The verified files of a version, or of the one in production. */
async function packageOf({ events, artifacts }: Store, model: string, name?: string) {
  const { versions, production } = await readModel(events, model);
  const found = name === undefined ? production?.data : versions.get(name)?.data;
  if (!found && name === undefined)
    throw new EpochlogError('NOT_FOUND', `no version of ${model} is in production: name one`);
  if (!found) throw noVersion(model, String(name), versions.keys());
  await assertNotExpired(events, model, found.version);
  return { version: found.version, digest: found.package, files: await getBundle(artifacts, found.package) };
}

async function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new EpochlogError('INPUT_INVALID', `--to: ${folder} cannot be made (${systemCodeOf(cause)})`, {
      cause,
    });
  });
  if ((await readdir(folder)).length > 0)
    throw new EpochlogError('CONFLICT', `${folder} is not empty: name a new folder with --to`);
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
}
