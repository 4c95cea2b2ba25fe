import type { Command } from 'commander';
import { EpochlogError, isErrorCode } from '../../kernel/errors.ts';
import { newEvent } from '../../kernel/event.ts';
import { identifier, reason as reasonText } from '../../kernel/texts.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { EXIT } from '../exit.ts';
import { requestAndFollow } from '../follow.ts';
import { percent } from '../output.ts';
import { withSessionOrNewHome } from '../session.ts';

interface Options {
  model?: string;
  create?: boolean;
  engine?: string;
  seed?: number;
  param: Record<string, number>;
  reason: string;
}

const WATCHED = [
  'TrainingPlanned',
  'DatasetSealed',
  'EpochCompleted',
  'EvaluationCompleted',
  'VersionRegistered',
] as const;

/** `name=value`, collected into one object. */
function parameter(text: string, before: Record<string, number>): Record<string, number> {
  const [name = '', value = ''] = text.split('=');
  if (!name || value === '' || Number.isNaN(Number(value))) {
    throw new EpochlogError('INPUT_INVALID', `--param takes name=number, not '${text}'`);
  }
  return { ...before, [name]: Number(value) };
}

function seed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--seed takes a whole number, not '${text}'`);
}

/** `epochlog train`: seal the samples there are, train, evaluate, and promote what is better. */
export function register(program: Command): void {
  const train = program
    .command('train')
    .description(
      'seal a dataset of the samples there are, train on it, and promote the version if it is better',
    )
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option('--create', 'the model may be a new one')
    .option('--engine <name>', 'training engine', checked('--engine', identifier))
    .option('--seed <number>', 'seed of every random choice', seed)
    .option('--param <name=number>', 'a hyperparameter; may be repeated', parameter, {})
    .option(
      '--reason <text>',
      'why; it stays in the log',
      checked('--reason', reasonText),
      'asked for on the command line',
    );
  action<Options>(train, async (options, { config, output }) => {
    const { model = config.model, create = false, engine, seed, param, reason } = options;
    const request = {
      model,
      reason,
      requestedBy: 'cli',
      engine: engine ?? null,
      params: param,
      seed: seed ?? null,
      create,
    };
    await withSessionOrNewHome(config, async (session) => {
      const end = await requestAndFollow(session, newEvent('TrainingPlanRequested', request), {
        ends: ['TrainingPlanConcluded', 'TrainingPlanRefused'],
        watched: WATCHED,
        onEvent(event) {
          if (event.type === 'DatasetSealed') {
            const { datasetId, train, validation, test } = event.data;
            output.line(
              `dataset ${datasetId}: ${train} for training, ${validation} for validation, ${test} for the test`,
            );
          } else if (event.type === 'EpochCompleted') {
            const { epoch, trainLoss, validationAccuracy } = event.data;
            output.progress(
              `epoch ${epoch}: loss ${trainLoss.toFixed(4)}, validation accuracy ${percent(validationAccuracy)}`,
            );
          } else if (event.type === 'EvaluationCompleted') {
            const { metrics, baseline } = event.data;
            const rival = baseline ? ` (${baseline.version}: ${percent(baseline.metrics.accuracy)})` : '';
            output.line(
              `test accuracy ${percent(metrics.accuracy)}${rival}, macro-F1 ${percent(metrics.macroF1)}`,
            );
          }
        },
      });
      if (end.type === 'TrainingPlanRefused') {
        const { code, reason } = end.data;
        throw new EpochlogError(isErrorCode(code) ? code : 'CONFLICT', `refused: ${reason}`);
      }
      if (end.data.outcome === 'failed')
        throw new EpochlogError('CONFLICT', `training failed: ${end.data.reason}`);
      output.result(end);
      output.line(`${end.data.version}: ${end.data.outcome}, ${end.data.reason}`);
      if (end.data.outcome === 'refused') process.exitCode = EXIT.refused.code;
    });
  });
}
