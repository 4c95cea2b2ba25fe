import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { faultOfTemplate } from '../../kernel/template.ts';
import type { Session } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { experimentIdOf } from '../../schemas/tracking/experiment-id.ts';
import { PROJECT_TAGS, RUN_NAME_FIELDS } from '../../schemas/tracking/project-tags.ts';
import { action, type Invocation } from '../action.ts';
import { oneOf, withBy } from '../arguments.ts';
import { about } from '../help.ts';
import { addShow, day, lists, notFound, type Row } from '../listing.ts';
import { type Cell, printable, table } from '../output.ts';
import { several, type Tag, tagName, tagOf, tagValue } from '../projects/tags.ts';
import { withProjections } from '../session.ts';

const PRIORITIES = ['low', 'normal', 'high'];
/** as MLflow has it */
const MAX_NAME = 500;
const SHOWN_RUNS = 10;

interface Project extends Row {
  readonly project: string;
  readonly experimentId: string;
  readonly lifecycle: string;
  readonly tags: Readonly<Record<string, string>>;
}

interface Described {
  description?: string;
  owner?: string;
  purpose?: string;
  priority?: string;
  runName?: string;
  tag?: readonly Tag[];
  by: string;
}

interface Edited extends Described {
  name?: string;
  remove?: readonly string[];
}

/** `epochlog project create | list | show | edit`: runs that belong together. */
export function register(program: Command): void {
  const project = about(program.command('project'), 'training', [
    "npx epochlog project create churn --owner ada --purpose 'who leaves' --priority high",
    'npx epochlog project list',
    'npx epochlog project show churn',
    "npx epochlog project edit churn --run-name '{project}-{date}-{number}'",
  ]).description(
    'projects: runs that belong together, with an owner and a purpose. Clients of MLflow call them experiments',
  );

  const create = project
    .command('create')
    .argument('<name>', 'of the project, which no other has', projectName)
    .description('create a project, which clients of MLflow see as an experiment');
  action<Described>(withBy(withDescription(create)), createProject);

  const text =
    (name: keyof typeof PROJECT_TAGS) =>
    (row: Row): Cell =>
      printable((row as Project).tags[PROJECT_TAGS[name]] ?? '-');
  lists(project.command('list'), {
    description: 'the projects, the one with the newest run first',
    query: 'tracking/projects',
    params: { project: null, lifecycle: 'active' },
    filters: { lifecycle: ['active', 'deleted'] },
    columns: {
      project: ({ project }) => printable(String(project)),
      owner: text('owner'),
      purpose: text('purpose'),
      priority: text('priority'),
      runs: ({ runs }) => Number(runs),
      'last run': ({ lastRunAt }) => lastRun(lastRunAt),
    },
  });

  addShow(project, {
    what: 'project',
    description: 'a project: what it is for, who owns it, its newest runs',
    async find({ query }, name) {
      const [found] = await projects(query, name);
      if (!found) return { known: (await projects(query, null)).map(({ project }) => project) };
      const { lastRunAt, experimentId, ...shown } = found;
      return { ...shown, experiment: experimentId, lastRun: lastRun(lastRunAt) };
    },
    async more({ query }, { project }) {
      const runs = await query<Row>('runs/list', {
        ...{ model: null, status: null, tag: null, project, limit: SHOWN_RUNS },
      });
      if (runs.length === 0) return [];
      const cells = runs.map(({ runId, status, engine, endedAt }) => [
        ...[String(runId), String(status), String(engine), day(endedAt)],
      ]);
      return [table(['run', 'status', 'engine', 'ended'], cells, 80)];
    },
  });

  const edit = project
    .command('edit')
    .argument('<name>', 'of the project', projectName)
    .description('change what is said of a project, or its name')
    .option('--name <name>', 'its name from now on', projectName)
    .option('--remove <tag>', 'a tag to remove; may be given several times', several(tagName));
  action<Edited>(withBy(withDescription(edit)), editProject);
}

const lastRun = (time: unknown): string => (String(time).startsWith('1970') ? '-' : day(time));

const withDescription = (command: Command): Command =>
  command
    .option('--description <text>', "what it is, for people; MLflow's pages show it", tagValue)
    .option('--owner <name>', 'who answers for it', tagValue)
    .option('--purpose <text>', 'what it is for', tagValue)
    .option('--priority <priority>', PRIORITIES.join(', '), oneOf('--priority', PRIORITIES))
    .option(
      '--run-name <template>',
      `name of runs that are begun without one: ${RUN_NAME_FIELDS.map((field) => `{${field}}`).join(', ')}`,
      runNameTemplate,
    )
    .option('--tag <name=value>', 'a tag of its own; may be given several times', several(tagOf));

function projectName(text: string): string {
  if (text.trim() !== '' && text.length <= MAX_NAME && text.isWellFormed()) return text;
  throw new EpochlogError('INPUT_INVALID', `the name of a project has 1 to ${MAX_NAME} characters`);
}

function runNameTemplate(text: string): string {
  const fault = faultOfTemplate(text, RUN_NAME_FIELDS);
  if (fault === undefined) return tagValue(text);
  throw new EpochlogError('INPUT_INVALID', `--run-name ${fault}`);
}

function tagsOf({ tag = [], ...described }: Described): Tag[] {
  const said = Object.entries(PROJECT_TAGS).flatMap(([name, key]) => {
    const value = described[name as keyof typeof PROJECT_TAGS];
    return value === undefined ? [] : [{ key, value }];
  });
  return [...said, ...tag];
}

const projects = (query: Session['query'], project: string | null): Promise<Project[]> =>
  query<Project>('tracking/projects', { project, lifecycle: null, limit: 1_000 });

async function createProject(options: Described, { config, output }: Invocation, name = ''): Promise<void> {
  await withProjections(config, async (session) => {
    await session.quiet();
    const all = await projects(session.query, null);
    const there = all.find(({ project, experimentId }) => project === name && experimentId !== '');
    if (there)
      throw new EpochlogError(
        'CONFLICT',
        there.lifecycle === 'active'
          ? `there is a project ${name}: change it with \`epochlog project edit\``
          : `there was a project ${name}, which is deleted: restore it with MLflow's client, or take another name`,
      );
    const taken = new Set(all.map(({ experimentId }) => experimentId));
    const experimentId = experimentIdOf(name, (id) => taken.has(id));
    const created = {
      experimentId,
      name,
      artifactLocation: null,
      tags: tagsOf(options),
      requestedBy: options.by,
    };
    const [event] = await session.publisher.publish([newEvent('TrackedExperimentCreated', created)]);
    output.result(event!);
    output.line(
      `the project ${name} is there: \`mlflow.set_experiment\` names it, or \`run tag RUN project=${name}\``,
    );
  });
}

async function editProject(options: Edited, { config, output }: Invocation, name = ''): Promise<void> {
  const { name: renamed, remove = [], by } = options;
  const tags = tagsOf(options);
  if (tags.length + remove.length === 0 && renamed === undefined)
    throw new EpochlogError('INPUT_INVALID', 'say what to change: --owner, --purpose, --name …');
  await withProjections(config, async (session) => {
    await session.quiet();
    const all = (await projects(session.query, null)).filter(({ experimentId }) => experimentId !== '');
    const found = all.find(({ project }) => project === name);
    if (!found)
      throw notFound(
        'project',
        name,
        all.map(({ project }) => project),
      );
    if (found.lifecycle !== 'active')
      throw new EpochlogError(
        'CONFLICT',
        `the project ${name} is deleted: restore it with MLflow's client first`,
      );
    if (renamed !== undefined && all.some(({ project }) => project === renamed))
      throw new EpochlogError('CONFLICT', `there is a project ${renamed}: take another name`);
    const [event] = await session.publisher.publish([
      newEvent('TrackedExperimentChanged', {
        ...{ experimentId: found.experimentId, name: renamed ?? null, lifecycleStage: null },
        ...{ tags, removedTags: [...remove], requestedBy: by },
      }),
    ]);
    output.result(event!);
    output.line(`the project ${renamed ?? name} is changed`);
  });
}
