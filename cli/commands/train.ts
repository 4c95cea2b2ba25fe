import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, version } from '../../kernel/texts.ts';
import { isPerfect } from '../../ml/metrics/catalogue.ts';
import { headlines, measure } from '../../ml/metrics/format.ts';
import type { Session } from '../../operations/session.ts';
import { type LoggedEvent, newEvent } from '../../schemas/catalogue.ts';
import type { EpochCompleted, EvaluationCompleted } from '../../schemas/events.generated.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, REASON, withBy } from '../arguments.ts';
import { ensureDeclared } from '../declare.ts';
import { describeEvent } from '../describe-event.ts';
import { describeReport } from '../describe-report.ts';
import { EXIT } from '../exit.ts';
import { isOneOf, requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import type { Output } from '../output.ts';
import { type Pending, pendingText } from '../pending.ts';
import { refusal } from '../refusal.ts';
import { bestParameters, type FoundParameters } from '../searches/found.ts';
import { optimized } from '../searches/optimize.ts';
import { servingTimeout } from '../serving-timeout.ts';
import { withSession } from '../session.ts';
import { parseTrainingFile, readTrainingFile } from '../training-file.ts';
import { type Parameters, parameter, seed } from '../training-options.ts';
import { type ChangeOptions, changeOf, withChange } from '../version/change.ts';

interface Options extends ChangeOptions {
  config?: string;
  model?: string;
  engine?: string;
  seed?: number;
  from?: string;
  param: Parameters;
  useBest?: boolean;
  optimize?: string | true;
  trials?: number;
  timeout?: string;
  reason: string;
  by: string;
  /** false with --no-promote */
  promote: boolean;
  /** false with --no-cache */
  cache: boolean;
}

const WATCHED = [
  'VersionPromoted',
  'TrainingPlanned',
  'DatasetSealed',
  'TrainingStarted',
  'EpochCompleted',
  'BatchReduced',
  'TrainingInterrupted',
  'TrainingResumed',
  'EvaluationCompleted',
  'VersionRegistered',
] as const;

type PlanEnd = LoggedEvent<'TrainingPlanConcluded' | 'TrainingPlanRefused'>;

const PERFECT =
  'Nothing of the test was wrong. Real data hardly allow that: look whether a column tells the target (epochlog explain), ' +
  'or records of the test split repeat those of training';

/** The primary metric beside that of the version in production, and the other metrics. */
function outcomeOf({ metrics, primaryMetric, baseline }: EvaluationCompleted): string {
  const [primary, ...others] = headlines(metrics)
    .sort(([a], [b]) => Number(b === primaryMetric) - Number(a === primaryMetric))
    .map(([name, value]) => `${name} ${measure(name, value)}`);
  const rival = baseline?.metrics[primaryMetric];
  const comparison = rival === undefined ? '' : ` (${baseline?.version}: ${measure(primaryMetric, rival)})`;
  return [`${primary}${comparison}`, ...others].join(', ');
}

/** Hyperparameters that a search has found, or finds now, when that is asked for. */
async function searchedFor(
  session: Session,
  model: string,
  { useBest, optimize, trials, timeout, reason, by }: Options,
  output: Output,
): Promise<FoundParameters | undefined> {
  if (optimize === undefined) {
    const stray = trials === undefined ? timeout && '--timeout' : '--trials';
    if (stray) throw new EpochlogError('INPUT_INVALID', `${stray} is of --optimize, which is not given`);
    return useBest ? bestParameters(session.events, model) : undefined;
  }
  return optimized(session, model, { optimize, trials, timeout, reason, by }, output);
}

function trials(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--trials takes a whole number from 1 to 9999, not '${text}'`);
}

/** What a person can do with a version that the policy has refused. */
const allTheSame = (version: string, model: string): string =>
  `npx epochlog promote ${version} --model ${model}  puts it into production all the same`;

const hasPromoted = ({ type, data }: PlanEnd): boolean =>
  type === 'TrainingPlanConcluded' && data.outcome === 'promoted';

/** `epochlog train`: seals a dataset, trains, evaluates, promotes a better version, and waits until it is served. */
export function register(program: Command): void {
  const train = about(program.command('train'), 'training', [
    "npx epochlog train --param c=0.5 --reason 'less regularization' --by ada",
    'npx epochlog train --model account-health --seed 7',
    'npx epochlog train --model account-health --use-best',
    'npx epochlog train --from v1.0.0',
    'npx epochlog train --engine encoder --major',
    'npx epochlog train --config training.yaml',
    'npx epochlog train --model account-health --optimize --trials 20 --timeout 10m',
  ])
    .description(
      'seal a dataset of all samples, train on it, promote the version if it is better, and wait until it is served',
    )
    .option('--config <file>', 'parameters, seeds and checkpoints, YAML; options go before it')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option('--engine <name>', 'training engine', checked('--engine', identifier))
    .option('--seed <number>', 'seed of every random choice', seed)
    .option(
      '--use-best',
      'with the hyperparameters of the model that were adopted, or else the best of its last search; --param goes before them',
    )
    .option(
      '--optimize [file]',
      'search hyperparameters first, by a search file or as the engine has its space; adopt the best if they are better on the test split',
    )
    .option('--trials <number>', 'of --optimize (default: 50, or those of the file)', trials)
    .option('--timeout <duration>', 'of --optimize, such as 30m or 1h')
    .option(
      '--from <version>',
      'start from the weights of a version: fewer epochs to the same optimum',
      checked('--from', version),
    )
    .option('--no-promote', 'only register the version, whether it is better or not')
    .option('--param <name=value>', 'a hyperparameter; may be repeated', parameter, {})
    .option('--no-cache', 'train, also where an earlier run had the same inputs, parameters, seeds and code')
    .option(...REASON);
  action<Options>(withBy(withChange(train)), async (options, invocation) => {
    const { config, output } = invocation;
    const { reason, by, promote } = options;
    const change = changeOf(options);
    const given = options.config === undefined ? undefined : await readTrainingFile(options.config);
    const { model = given?.model ?? invocation.model } = options;
    await withSession(config, async (session) => {
      const file =
        given &&
        (await parseTrainingFile(
          { ...given, engine: options.engine ?? given.engine },
          session.events,
          model,
        ));
      await ensureDeclared(session, model, by);
      const best = await searchedFor(session, model, options, output);
      const request = {
        model,
        reason: best ? `${reason}; ${best.source}` : reason,
        requestedBy: by,
        engine: options.engine ?? file?.engine ?? best?.engine ?? null,
        params: { ...best?.params, ...file?.parameters, ...options.param },
        seed: options.seed ?? file?.seed ?? null,
        promote,
        fromVersion: options.from ?? file?.from ?? null,
        seeds: file?.seeds ?? {},
        checkpointEvery: file?.checkpointEvery ?? null,
        keepBest: file?.keepBest ?? null,
        reuse: options.cache,
        change,
      };
      using timeout = servingTimeout();
      const told: {
        end?: PlanEnd;
        pending?: Pending;
        report?: LoggedEvent<'VersionServing' | 'ServingFailed'>;
      } = {};
      await requestAndFollow(session, newEvent('TrainingPlanRequested', request), {
        ends: [
          'TrainingPlanConcluded',
          'TrainingPlanRefused',
          'VersionApproved',
          'ReviewOpened',
          'VersionServing',
          'ServingFailed',
        ],
        watched: WATCHED,
        signal: timeout.signal,
        isEnd(event) {
          if (isOneOf(event, ['VersionServing', 'ServingFailed'])) told.report = event;
          else if (isOneOf(event, ['VersionApproved', 'ReviewOpened'])) told.pending = event;
          else told.end = event;
          if (told.pending) return true; // its deployment or its review may take days
          return told.end !== undefined && (told.report !== undefined || !hasPromoted(told.end));
        },
        onEvent(event) {
          if (event.type === 'VersionPromoted') timeout.start(event);
          else tellStep(event, output);
        },
      });
      const { report, pending } = told;
      if (pending) {
        output.result(pending);
        output.line(pendingText(pending));
        return;
      }
      conclude(told.end!, report, { model, output });
    });
  });
}

/** Says how the plan ended, and throws what is an error. */
function conclude(
  end: PlanEnd,
  report: LoggedEvent<'VersionServing' | 'ServingFailed'> | undefined,
  { model, output }: { model: string; output: Output },
): void {
  if (end.type === 'TrainingPlanRefused') {
    throw refusal(end.data);
  }
  if (end.data.outcome === 'cancelled')
    throw new EpochlogError('CANCELLED', `the run was cancelled: ${end.data.reason}`);
  if (end.data.outcome === 'failed')
    throw new EpochlogError('CONFLICT', `training failed: ${end.data.reason}`);
  output.result(end);
  output.line(`${end.data.version}: ${end.data.outcome}, ${end.data.reason}`);
  if (end.data.outcome === 'refused') {
    output.line(allTheSame(end.data.version ?? '', model));
    process.exitCode = EXIT.refused.code;
  }
  if (report?.type === 'ServingFailed') {
    throw new EpochlogError('NOT_SERVED', `it was promoted, but ${describeReport(report)}`);
  }
}

function epochLine({ epoch, trainLoss, validation, learningRate, samplesPerSecond }: EpochCompleted): string {
  const measured = Object.entries(validation).map(([name, value]) => `${name} ${measure(name, value)}`);
  const rate = learningRate === null ? '' : `, learning rate ${learningRate.toPrecision(3)}`;
  const speed = samplesPerSecond === null ? '' : `; ${Math.round(samplesPerSecond)} samples/s`;
  return `epoch ${epoch}: training loss ${trainLoss.toFixed(4)}${rate}; validation: ${measured.join(', ')}${speed}`;
}

/** Tells how far the training is. */
function tellStep(event: LoggedEvent<(typeof WATCHED)[number]>, output: Output): void {
  switch (event.type) {
    case 'DatasetSealed': {
      const { datasetId, train, validation, test } = event.data;
      output.line(
        `dataset ${datasetId}: ${train} for training, ${validation} for validation, ${test} for the test`,
      );
      break;
    }
    case 'TrainingStarted': {
      const { runId, engine, fromVersion } = event.data;
      const from = fromVersion === null ? '' : ` from ${fromVersion}`;
      output.line(`run ${runId}: training with ${engine}${from}`);
      break;
    }
    case 'EpochCompleted': {
      output.progress(epochLine(event.data));
      break;
    }
    case 'BatchReduced':
    case 'TrainingInterrupted':
    case 'TrainingResumed':
      output.line(`${event.type}: ${describeEvent(event)}`);
      break;
    case 'EvaluationCompleted':
      output.line(`test ${outcomeOf(event.data)}`);
      if (isPerfect(event.data.primaryMetric, event.data.metrics[event.data.primaryMetric]!))
        output.line(PERFECT);
      break;
  }
}
