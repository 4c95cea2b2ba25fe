import { z } from 'zod';
import { newEvent } from '../../../schemas/catalogue.ts';
import { experimentIdOf } from '../../../schemas/tracking/experiment-id.ts';
import { missing } from '../errors.ts';
import { experimentAnswer } from '../protocol/answers.ts';
import type { AddEndpoint, Tracker } from '../protocol/endpoints.ts';
import {
  int,
  keyName,
  list,
  MLFLOW_LIMITS,
  pair,
  search as searchInput,
  text,
  viewType,
} from '../protocol/values.ts';
import { type Searchable, search } from '../search/search.ts';
import type { Experiment } from '../state/entities.ts';
import { experimentOf } from '../state/experiments.ts';

const experimentId = z.union([text(64), int.transform(String)]);
const name = text(MLFLOW_LIMITS.experimentName, 'An experiment name').min(1, 'cannot be empty');
const one = z.object({ experiment_id: experimentId });
const tag = pair(MLFLOW_LIMITS.experimentTag);

/** Creations and renamings follow each other: names are unique. */
const NAMES = 'experiments';

const SEARCHABLE: Searchable<Experiment> = {
  attributes: {
    name: { of: ({ name }) => name },
    experiment_id: { of: ({ experimentId }) => experimentId },
    creation_time: { isNumber: true, of: ({ createdAt }) => createdAt },
    last_update_time: { isNumber: true, of: ({ updatedAt }) => updatedAt },
  },
  entities: { tag: ({ tags }, key) => tags.get(key) },
  ties: ['creation_time DESC', 'experiment_id ASC'],
};

const UNCHANGED = { name: null, lifecycleStage: null, tags: [], removedTags: [] };

export function addEndpoints(add: AddEndpoint, { log }: Tracker): void {
  const at = (path: string) => `/2.0/mlflow/experiments/${path}`;

  add(
    'POST',
    at('create'),
    z.object({ name, artifact_location: text(MLFLOW_LIMITS.path).default(''), tags: list(tag, 100, 'tags') }),
    async ({ name, artifact_location, tags }, caller) => {
      const { data } = await log().append(NAMES, () =>
        newEvent('TrackedExperimentCreated', {
          experimentId: experimentIdOf(name, (id) => log().state.experiments.has(id)),
          ...{ name, artifactLocation: artifact_location || null, tags, requestedBy: caller.name },
        }),
      );
      return { experiment_id: data.experimentId };
    },
  );

  add('GET', at('get'), one, ({ experiment_id }) => ({
    experiment: experimentAnswer(experimentOf(log().state, experiment_id)),
  }));

  add('GET', at('get-by-name'), z.object({ experiment_name: text(1_000) }), ({ experiment_name }) => {
    const { experimentNames, experiments } = log().state;
    const found = experiments.get(experimentNames.get(experiment_name) ?? '');
    if (!found) throw missing(`Could not find experiment with name '${experiment_name}'`);
    return { experiment: experimentAnswer(found) };
  });

  for (const method of ['GET', 'POST'] as const) {
    add(
      method,
      at('search'),
      z.object({ ...searchInput({ max: 1_000, most: MLFLOW_LIMITS.results }), view_type: viewType }),
      ({ filter, order_by, max_results, page_token, view_type }) => {
        const all = [...log().state.experiments.values()].filter(
          ({ lifecycle }) =>
            view_type === 'ALL' || (lifecycle === 'active') === (view_type === 'ACTIVE_ONLY'),
        );
        const asked = { filter, orderBy: order_by, maxResults: max_results, pageToken: page_token };
        const { items, nextToken } = search(all, SEARCHABLE, asked);
        return { experiments: items.map(experimentAnswer), ...(nextToken && { next_page_token: nextToken }) };
      },
      { role: 'viewer' },
    );
  }

  const change = async (
    id: string,
    changed: Partial<typeof UNCHANGED> | object,
    requestedBy: string,
    key = id,
  ) => {
    await log().append(key, () =>
      newEvent('TrackedExperimentChanged', { ...UNCHANGED, ...changed, experimentId: id, requestedBy }),
    );
    return {};
  };

  add('POST', at('update'), one.extend({ new_name: name }), ({ experiment_id, new_name }, caller) =>
    change(experiment_id, { name: new_name }, caller.name, NAMES),
  );
  for (const [path, lifecycleStage] of [
    ['delete', 'deleted'],
    ['restore', 'active'],
  ] as const)
    add('POST', at(path), one, ({ experiment_id }, caller) =>
      change(experiment_id, { lifecycleStage }, caller.name),
    );
  add('POST', at('set-experiment-tag'), one.extend(tag.shape), ({ experiment_id, key, value }, caller) =>
    change(experiment_id, { tags: [{ key, value }] }, caller.name),
  );
  add('POST', at('delete-experiment-tag'), one.extend({ key: keyName }), ({ experiment_id, key }, caller) => {
    if (!experimentOf(log().state, experiment_id).tags.has(key))
      throw missing(`No tag with name: ${key} in experiment with id ${experiment_id}`);
    return change(experiment_id, { removedTags: [key] }, caller.name);
  });
}
