import type { Command } from 'commander';
import type { Config } from '../../infra/config/schema.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { featureImportance } from '../../ml/explain/importance.ts';
import { PLACEHOLDERS, reportPage } from '../../ml/report/page.ts';
import {
  type Findings,
  type Importance,
  parseFindings,
  type ReportSubject,
} from '../../ml/report/subject.ts';
import type { Store } from '../../operations/session.ts';
import { dossierOf } from '../../schemas/models/dossier.ts';
import { type Lineage, lineageOfRun } from '../../schemas/models/lineage.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { withSubject } from '../explain/subject.ts';
import { readTextFile } from '../input-file.ts';
import { notFound } from '../listing.ts';
import { writeWhole } from '../output-file.ts';
import { withProjections } from '../session.ts';
import { withStore } from '../store.ts';
import { impactsOf } from '../version/impact.ts';
import { lineageNamed } from '../version/lineage.ts';

/** Instances whose exact explanations are averaged. */
const EXPLAINED = 200;

interface Options {
  model?: string;
  out?: string;
  template?: string;
}

/** Adds `version report`. */
export function addVersionReport(version: Command): void {
  const command = version
    .command('report')
    .argument('<version>', 'such as v1.0.0', checked('version', versionText))
    .description('a page about a version: configuration, curves, metrics, plots, mistakes, explanations')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Options>(withFiles(command), async (options, { config, output, model: usual }, name = '') => {
    const model = options.model ?? usual;
    const { lineage, findings } = await withStore(config, async (store) => {
      const found = await lineageNamed(store.events, model, name);
      return { lineage: found, findings: await findingsOf(store, found) };
    });
    const importance = await importanceOf(config, model, name);
    const impact = await withProjections(config, async (session) => {
      await session.quiet();
      return (await impactsOf(session, model)).filter(({ version, before }) =>
        [version, before].includes(name),
      );
    });
    const page = await pageOf({ ...dossierOf(lineage), impact }, findings, importance, options.template);
    const file = options.out ?? `${model}-${name}.html`;
    writeWhole(file, page);
    output.result({ model, version: name, file });
    output.line(`the report of ${name} is in ${file}`);
  });
}

/** Adds `run report`. */
export function addRunReport(run: Command): void {
  const command = run
    .command('report')
    .argument('<run>', 'its id', checked('run', identifier))
    .description('a page about a run: configuration, environment, curves, metrics, plots, mistakes');
  action<Options>(withFiles(command), async ({ out, template }, { config, output }, runId = '') => {
    const { lineage, findings } = await withStore(config, async (store) => {
      const found = await lineageOfRun(store.events, runId);
      if (!found) throw notFound('run', runId, await runsIn(store));
      return { lineage: found, findings: await findingsOf(store, found) };
    });
    const file = out ?? `${runId.replaceAll(/[^\w.-]/g, '_')}.html`;
    writeWhole(file, await pageOf(dossierOf(lineage), findings, null, template));
    output.result({ run: runId, model: lineage.model, file });
    output.line(`the report of ${runId} is in ${file}`);
  });
}

const withFiles = (command: Command): Command =>
  command
    .option('--out <file>', 'where the page is written (default: named after its subject, here)')
    .option('--template <file>', `another page: HTML with {{…}} of ${PLACEHOLDERS.join(', ')}`);

async function pageOf(
  subject: ReportSubject,
  findings: Findings,
  importance: Importance | null,
  template: string | undefined,
): Promise<string> {
  const text = template === undefined ? undefined : await readTextFile(template);
  try {
    return reportPage(subject, findings, importance, text);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new EpochlogError('INPUT_INVALID', `--template: ${error.message}`, { cause: error });
  }
}

/** What the last evaluation found; nothing where it has no report. */
export async function findingsOf({ artifacts }: Store, { evaluation }: Lineage): Promise<Findings> {
  const digest = evaluation?.data.report ?? null;
  return digest === null ? {} : parseFindings(await artifacts.get(digest));
}

async function runsIn({ events }: Store): Promise<string[]> {
  const runs = new Set<string>();
  for await (const { data } of events.scan(['TrainingRequested', 'RunReported'])) runs.add(data.runId);
  return [...runs].slice(-100);
}

/** Exact explanations on average, where the engine has them; null where it has none, or its data are not in this log. */
const importanceOf = (config: Config, model: string, version: string): Promise<Importance | null> =>
  withSubject(config, { model, version }, async (subject) => {
    const [explainer, examples] = [await subject.explainer(), await subject.examples('test', EXPLAINED)];
    if (!explainer || examples.length === 0) return null;
    return { features: featureImportance(explainer, subject.task, examples), fields: [] };
  });
