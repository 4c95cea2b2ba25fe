import { z } from 'zod';
import { newId } from '../../../kernel/ids.ts';
import { faultOfTemplate, filled } from '../../../kernel/template.ts';
import { newEvent } from '../../../schemas/catalogue.ts';
import type { TrackedRunChanged } from '../../../schemas/events.generated.ts';
import { PROJECT_TAGS, RUN_NAME_FIELDS } from '../../../schemas/tracking/project-tags.ts';
import { invalid, missing } from '../errors.ts';
import { runAnswer, runInfoAnswer } from '../protocol/answers.ts';
import type { AddEndpoint, Tracker } from '../protocol/endpoints.ts';
import {
  id,
  int,
  keyName,
  list,
  MLFLOW_LIMITS,
  ofRun,
  search as searchInput,
  tagList,
  text,
  viewType,
} from '../protocol/values.ts';
import { type Searchable, search } from '../search/search.ts';
import type { Experiment, Run } from '../state/entities.ts';
import { obstacleInRun, runOf } from '../state/runs.ts';
import type { Tracking } from '../state/tracking.ts';

const STATUSES = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
const MAX_EXPERIMENTS = 1_000;

const one = z.object(ofRun);
const name = text(MLFLOW_LIMITS.key, 'A run name');

const started = { isNumber: true, of: ({ startedAt }: Run) => startedAt } as const;
const named = { of: (run: Run) => run.name };

/** What is searched, and how a filter names it. */
export const RUNS: Searchable<Run> = {
  attributes: {
    run_id: { of: ({ runId }) => runId },
    run_uuid: { of: ({ runId }) => runId },
    run_name: named,
    'run name': named,
    'Run name': named,
    'Run Name': named,
    experiment_id: { of: ({ experimentId }) => experimentId },
    user_id: { of: ({ userName }) => userName },
    status: { of: ({ status }) => status },
    artifact_uri: { of: ({ artifactUri }) => artifactUri },
    lifecycle_stage: { of: ({ lifecycle }) => lifecycle },
    start_time: started,
    created: started,
    Created: started,
    end_time: { isNumber: true, of: ({ endedAt }) => endedAt },
  },
  entities: {
    metric: ({ metrics }, key) => metrics.get(key)?.value,
    param: ({ params }, key) => params.get(key),
    tag: ({ tags }, key) => tags.get(key),
    dataset: datasetsOf,
  },
  ties: ['start_time DESC', 'run_id ASC'],
};

function datasetsOf({ datasets }: Run, key: string): string[] {
  return [...datasets.values()].flatMap(({ name, digest, context }) => {
    if (key === 'name') return name;
    if (key === 'digest') return digest;
    if (key === 'context')
      return context.filter((tag) => tag.key === 'mlflow.data.context').map(({ value }) => value);
    throw invalid(`Invalid dataset attribute '${key}': valid are name, digest and context`);
  });
}

/** The run that an input names, by the old or the new name of the parameter. INVALID_PARAMETER_VALUE for none. */
export function runIdOf({
  run_id,
  run_uuid,
}: {
  run_id?: string | undefined;
  run_uuid?: string | undefined;
}) {
  const runId = run_id ?? run_uuid;
  if (runId !== undefined) return runId;
  throw invalid("Missing value for required parameter 'run_id'.");
}

/** The name of a run that a client gives none: by the template of its experiment, if that has one. */
function nameOf(runId: string, experiment: Experiment | undefined, user: string, now: number): string {
  const tail = runId.slice(-8);
  const template = experiment?.tags.get(PROJECT_TAGS.runName);
  if (!experiment || !template || faultOfTemplate(template, RUN_NAME_FIELDS) !== undefined)
    return `run-${tail}`;
  const date = new Date(now).toISOString().slice(0, 10);
  const number = String(experiment.runs.size + 1);
  const fields = { project: experiment.name, user, date, number, run: tail };
  return filled(template, fields).slice(0, MLFLOW_LIMITS.key);
}

/** The runs of some experiments that a view shows. */
function* runsIn(
  experimentIds: readonly string[],
  view: z.output<typeof viewType>,
  { experiments, runs }: Pick<Tracking, 'experiments' | 'runs'>,
): Iterable<Run> {
  for (const experimentId of new Set(experimentIds))
    for (const id of experiments.get(experimentId)?.runs ?? []) {
      const run = runs.get(id);
      if (run && (view === 'ALL' || (run.lifecycle === 'active') === (view === 'ACTIVE_ONLY'))) yield run;
    }
}

const UNCHANGED = { name: null, status: null, endedAt: null, lifecycleStage: null };

export function addEndpoints(add: AddEndpoint, { context, log }: Tracker): void {
  const at = (path: string) => `/2.0/mlflow/runs/${path}`;

  add(
    'POST',
    at('create'),
    z.object({
      experiment_id: z.union([text(64), int.transform(String)]).default('0'),
      user_id: text(256, 'A user id').default(''),
      run_name: name.default(''),
      start_time: int.optional(),
      tags: tagList,
    }),
    async ({ experiment_id, user_id, run_name, start_time, tags }, caller) => {
      const now = context.clock.now();
      const runId = newId(now).replaceAll('-', '');
      const tagged = tags.find(({ key }) => key === 'mlflow.runName')?.value;
      if (run_name && tagged && run_name !== tagged)
        throw invalid(
          `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${run_name}', mlflow.runName='${tagged}').`,
        );
      const user = user_id || caller.name;
      await log().appendAtOnce(
        newEvent('TrackedRunStarted', {
          ...{ runId, experimentId: experiment_id, tags, requestedBy: caller.name },
          name: run_name || tagged || nameOf(runId, log().state.experiments.get(experiment_id), user, now),
          userName: user,
          startedAt: start_time ?? now,
        }),
      );
      return { run: runAnswer(runOf(log().state, runId)) };
    },
    { appendsOnly: true },
  );

  const change = (runId: string, changed: Partial<TrackedRunChanged>, requestedBy: string) =>
    log().appendAtOnce(newEvent('TrackedRunChanged', { ...UNCHANGED, ...changed, runId, requestedBy }));

  add(
    'POST',
    at('update'),
    one.extend({
      status: z.enum(STATUSES, `must be one of ${STATUSES.join(', ')}`).optional(),
      end_time: int.optional(),
      run_name: name.optional(),
    }),
    async ({ status = null, end_time = null, run_name, ...run }, caller) => {
      const runId = runIdOf(run);
      await change(runId, { status, endedAt: end_time, name: run_name || null }, caller.name);
      return { run_info: runInfoAnswer(runOf(log().state, runId)) };
    },
    { appendsOnly: true },
  );

  for (const [path, lifecycleStage] of [
    ['delete', 'deleted'],
    ['restore', 'active'],
  ] as const)
    add('POST', at(path), one, async (run, caller) => {
      await change(runIdOf(run), { lifecycleStage }, caller.name);
      return {};
    });

  add('GET', at('get'), one, (run) => ({ run: runAnswer(runOf(log().state, runIdOf(run))) }));

  add('POST', at('delete-tag'), one.extend({ key: keyName }), async ({ key, ...run }, caller) => {
    const runId = runIdOf(run);
    const obstacle = obstacleInRun(log().state, runId);
    if (obstacle) throw obstacle;
    if (!runOf(log().state, runId).tags.has(key))
      throw missing(`No tag with name: ${key} in run with id ${runId}`);
    await log().appendAtOnce(
      newEvent('TrackedValuesLogged', {
        ...{ runId, metrics: [], params: [], tags: [], removedTags: [key], requestedBy: caller.name },
      }),
    );
    return {};
  });

  add(
    'POST',
    at('search'),
    z.object({
      ...searchInput({ max: 1_000, most: MLFLOW_LIMITS.results }),
      experiment_ids: list(z.union([id, int.transform(String)]), MAX_EXPERIMENTS, 'experiments'),
      run_view_type: viewType,
    }),
    ({ experiment_ids, filter, order_by, max_results, page_token, run_view_type }) => {
      const asked = { filter, orderBy: order_by, maxResults: max_results, pageToken: page_token };
      const { items, nextToken } = search(runsIn(experiment_ids, run_view_type, log().state), RUNS, asked);
      return { runs: items.map(runAnswer), ...(nextToken && { next_page_token: nextToken }) };
    },
    { role: 'viewer' },
  );
}
