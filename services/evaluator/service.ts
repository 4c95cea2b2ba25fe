import { reactorService } from '../../schemas/catalogue.ts';
import type { EvaluationRequested } from '../../schemas/events.generated.ts';
import { Ahead } from './ahead.ts';
import { answer } from './answer.ts';
import { rankForLabels } from './label-queue.ts';
import { settings } from './settings.ts';
import { baselineFor, evolve, initialState, inputsOf, STATE_FROM } from './state.ts';

const EVALUATOR = 'evaluator';

/**
 * Measures every package that a training made on the test split of its dataset, beside the version in production; and
 * any package on any labelled records, when asked. Also says which samples a version is least certain of, for people to label.
 */
export const service = reactorService({
  name: EVALUATOR,
  settings,
  reactsTo: ['TrainingCompleted', 'EvaluationRequested', 'LabelQueueRequested'],
  stateFrom: STATE_FROM,
  start(context) {
    const state = initialState(context);
    const { atOnce } = context.settings;
    const ahead = new Ahead(
      atOnce,
      (request) => answer(request, state, context),
      (request) => inputsOf(request, state),
    );
    const stopped = new AbortController();
    let following: Promise<void> | undefined;
    return {
      evolve: (event) => evolve(state, event),
      async restored() {
        if (atOnce === 1) return;
        const signal = AbortSignal.any([context.signal, stopped.signal]);
        following = ahead.follow(context, EVALUATOR, signal).catch((error: unknown) => {
          if (!signal.aborted)
            context.logger.warn({ err: error }, 'evaluations are made one after the other from now on');
        });
      },
      async stop() {
        stopped.abort();
        await following;
      },
      on: {
        LabelQueueRequested: async ({ data }) => [
          await rankForLabels(data, state.modelTasks.get(data.model), {
            ...{ inference: context.inference, events: context.events },
            ...{ packages: state.packages, quiet: state.quiet },
            limitMs: context.settings.limitSeconds * 1_000,
          }),
        ],
        EvaluationRequested: ({ data, offset }) => ahead.take(offset, data),
        TrainingCompleted: async ({ data }) => {
          const { runId, model, package: digest, datasetId, searchId, reproduces } = data;
          if (searchId !== null || reproduces !== null) return []; // a trial is judged on the validation split; the test split is for versions
          const request: EvaluationRequested = {
            evaluationId: `${runId}-test`,
            model,
            version: null,
            runId,
            package: digest,
            datasetId,
            data: null,
            dataName: null,
            baseline: baselineFor(model, state),
            includeTraining: false,
            examination: null,
            fold: null,
            reuse: state.reusable.has(runId),
            requestedBy: EVALUATOR,
          };
          return answer(request, state, context);
        },
      },
    };
  },
});
