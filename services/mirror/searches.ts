import { placeOf, runOf, SEARCH_TAG, SOURCE, type Writers } from './mirrored.ts';
import { metricsOf, paramsOf, tagsOf } from './naming.ts';

/** A search is a run, and its trials are runs below it. */
export const SEARCH_WRITERS: Writers<'SearchStarted' | 'SearchCompleted'> = {
  async SearchStarted({ data, time }, mirror) {
    const { searchId, model, datasetId, metric, direction, settings, seed, engine } = data;
    const mlflowRunId = await mirror.server.run({
      ...placeOf(mirror, { model, engine, run: searchId, time }),
      identity: { key: SEARCH_TAG, value: searchId },
      tags: tagsOf({
        ...SOURCE,
        ...{ 'epochlog.model': model, 'epochlog.dataset_id': datasetId, 'epochlog.reason': data.reason },
      }),
    });
    const params = paramsOf({
      engine,
      seed,
      datasetId,
      objective: { metric, direction },
      search: parsed(settings),
    });
    await mirror.server.log(mlflowRunId, { params });
    return { model, mlflowRunId, mlflowVersion: null };
  },

  async SearchCompleted({ data, time }, mirror) {
    const { searchId, model, outcome, reason, best, value, params, completed, pruned, failed } = data;
    const mlflowRunId = runOf(searchId, mirror);
    await mirror.server.log(mlflowRunId, {
      params: paramsOf({ best: params }),
      metrics: metricsOf(
        {
          best_value: value,
          best_trial: best,
          trials_completed: completed,
          trials_pruned: pruned,
          trials_failed: failed,
        },
        { timestamp: time, step: 0 },
      ),
      tags: tagsOf({ 'epochlog.outcome': outcome, 'epochlog.reason': reason }),
    });
    await mirror.server.end(mlflowRunId, outcome === 'failures' ? 'FAILED' : 'FINISHED', time);
    return { model, mlflowRunId, mlflowVersion: null };
  },
};

/** The settings of a search are JSON. */
function parsed(settings: string): unknown {
  try {
    return JSON.parse(settings);
  } catch {
    return settings;
  }
}
