import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { environment as environmentName, identifier, version as versionText } from '../../kernel/texts.ts';
import { lastMeasured, latestReleases, readDeployments } from '../../operations/deployments.ts';
import { type LoggedEvent, newEvent } from '../../schemas/catalogue.ts';
import { versionBefore } from '../../schemas/deployments/environments.ts';
import { PRODUCTION, type RunningDeployment, targetOf } from '../../schemas/deployments/running.ts';
import { action, type Invocation } from '../action.ts';
import { checked, MODEL_OPTION, REASON, withBy } from '../arguments.ts';
import { decide } from '../decide.ts';
import { modelNamed } from '../declare.ts';
import { describeEvent } from '../describe-event.ts';
import { EXIT } from '../exit.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { shortMoment } from '../moment.ts';
import { columns } from '../output.ts';
import { refusal } from '../refusal.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';

interface Named {
  model?: string;
  env: string;
}

interface Asking extends Named {
  reason: string;
  by: string;
}

interface Options extends Asking {
  strategy?: string;
  wait?: number;
}

const ENVIRONMENT = ['--env <name>', 'environment', checked('--env', environmentName), PRODUCTION] as const;
const DEFAULT_WAIT_S = 60;
const MAX_WAIT_S = 7 * 86_400;

/** `epochlog deploy VERSION | status | abort | rollback`. */
export function register(program: Command): void {
  const deploy = about(program.command('deploy'), 'production', [
    'npx epochlog deploy v1.1.0 --strategy canary',
    'npx epochlog deploy v1.1.0 --strategy blue-green --wait 300 --by ada',
    'npx epochlog deploy status',
    "npx epochlog deploy abort --reason 'slow answers'",
    'npx epochlog deploy v1.1.0 --env staging',
    'npx epochlog deploy rollback --env staging',
  ])
    .enablePositionalOptions() // what follows `status`, `abort` or `rollback` is theirs
    .argument('<version>', 'version to deploy, such as v1.1.0', checked('version', versionText))
    .description('give a version the traffic of its model, stage by stage, and promote it when it has it all')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option(...ENVIRONMENT)
    .option(
      '--strategy <name>',
      'immediate, blue-green, canary or shadow (default: as the policy of the model says)',
      checked('--strategy', identifier),
    )
    .option(
      '--wait <seconds>',
      `how long to wait for its end (default: ${DEFAULT_WAIT_S}; of a canary or a shadow, until it has traffic)`,
      seconds,
    )
    .option(...REASON);
  action<Options>(withBy(deploy), (options, invocation, version = '') => start(options, invocation, version));

  const status = deploy
    .command('status')
    .description('what is being deployed, its share of the traffic, and what was decided so far')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Named>(status, showStatus);

  const abort = deploy
    .command('abort')
    .description('end the deployment that is running: the version before has all the traffic again')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option(...ENVIRONMENT)
    .option(...REASON);
  action<Asking>(withBy(abort), requestAbort);

  const back = deploy
    .command('rollback')
    .description(
      'bring the version before back, and wait until it is served; while a version is being deployed to production, end that',
    )
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option(...ENVIRONMENT)
    .option('--to <version>', 'an earlier version that was there', checked('--to', versionText))
    .option('--wait <seconds>', `how long to wait (default: ${DEFAULT_WAIT_S})`, seconds)
    .option(...REASON);
  action<Back>(withBy(back), goBack);
}

function seconds(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) <= MAX_WAIT_S) return Number(text);
  throw new EpochlogError('INPUT_INVALID', `--wait takes seconds from 0 to ${MAX_WAIT_S}, not '${text}'`);
}

interface Back extends Asking {
  to?: string;
  wait?: number;
}

type End = LoggedEvent<
  'DeploymentCompleted' | 'DeploymentRolledBack' | 'DeploymentRefused' | 'TrafficShifted'
>;

async function start(options: Options, { config, output, model: defaultModel }: Invocation, version: string) {
  const { model = defaultModel, env: environment, strategy = null, reason, by: requestedBy, wait } = options;
  const target = targetOf(model, environment);
  const deploymentId = newId(Date.now());
  const identity = { target, deploymentId, model, environment, version };
  const request = newEvent('DeploymentRequested', { ...identity, strategy, reason, requestedBy });
  const signal = AbortSignal.timeout((wait ?? DEFAULT_WAIT_S) * 1_000);
  await withSession(config, async (session) => {
    await modelNamed(session.events, model); // a misspelt one is refused before it is in the log
    let last: LoggedEvent | undefined;
    try {
      const end = await requestAndFollow(session, request, {
        isFollowed: ({ key }) => key === target,
        watched: ['DeploymentStarted', 'StagePassed', 'StageFailed'],
        ends: ['DeploymentCompleted', 'DeploymentRolledBack', 'DeploymentRefused', 'TrafficShifted'],
        isEnd(event) {
          if (event.data.deploymentId !== deploymentId) return false;
          if (event.type !== 'TrafficShifted') return true;
          last = event;
          output.line(describeEvent(event));
          return wait === undefined && event.data.share < 100;
        },
        onEvent(event) {
          if (event.data.deploymentId !== deploymentId) return;
          last = event;
          output.line(describeEvent(event));
        },
        signal,
      });
      tell(end, model);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new EpochlogError(
        'CONFLICT',
        last === undefined
          ? `the request is in the log, and no deployer has answered it: start the services with \`epochlog up\``
          : last.type === 'DeploymentStarted' && environment !== PRODUCTION
            ? `no predictor of ${environment} has loaded ${version}: start one with EPOCHLOG_PREDICTOR_ENVIRONMENT=${environment} EPOCHLOG_PORT=8801 epochlog service predictor`
            : `${version} is still being deployed after ${wait ?? DEFAULT_WAIT_S} s; it goes on while \`epochlog up\` runs: see \`epochlog deploy status --model ${model}\``,
      );
    }
  });

  function tell(end: End, of: string): void {
    output.result(end);
    switch (end.type) {
      case 'DeploymentRefused': {
        throw refusal(end.data);
      }
      case 'TrafficShifted':
        output.line(`it goes on while \`epochlog up\` runs: see \`epochlog deploy status --model ${of}\``);
        return;
      case 'DeploymentRolledBack':
        process.exitCode = EXIT.refused.code;
        output.line(describeEvent(end));
        return;
      default:
        output.line(describeEvent(end));
    }
  }
}

async function requestAbort(options: Asking, { config, output, model: defaultModel }: Invocation) {
  const { model = defaultModel, env: environment, reason, by: requestedBy } = options;
  const target = targetOf(model, environment);
  const request = newEvent('DeploymentAbortRequested', { target, model, environment, reason, requestedBy });
  await withSession(config, async (session) => {
    await modelNamed(session.events, model);
    const end = await requestAndFollow(session, request, {
      ends: ['DeploymentRolledBack', 'DeploymentRefused'],
    });
    if (end.type === 'DeploymentRefused') throw new EpochlogError('CONFLICT', `refused: ${end.data.reason}`);
    output.result(end);
    output.line(describeEvent(end));
  });
}

async function showStatus({ model: named }: Named, { config, output, model: defaultModel }: Invocation) {
  const model = named ?? defaultModel;
  await withStore(config, async ({ events }) => {
    await modelNamed(events, model);
    const { running, facts, releases } = await readDeployments(events, model);
    const measured = await Promise.all(running.map((deployment) => lastMeasured(events, deployment)));
    const environments = latestReleases({ releases });
    output.result({ model, running, measured: measured.filter(Boolean), environments, facts });
    for (const { environment, version } of environments) output.line(`${version} is in ${environment}`);
    if (running.length === 0) output.line(output.paint('heading', `nothing of ${model} is being deployed`));
    const last = facts.at(-1)?.data.deploymentId;
    const shown = running.length > 0 ? running.map(({ deploymentId }) => deploymentId) : [last];
    for (const [i, deploymentId] of shown.entries()) {
      if (running[i]) output.line(output.paint('heading', headingOf(running[i])));
      const ofIt = facts.filter(({ data }) => data.deploymentId === deploymentId);
      const rows = ofIt.map((fact) => [shortMoment(fact), describeEvent(fact)]);
      if (rows.length > 0) output.line(columns(rows, output.width));
      if (measured[i]) output.line(`compared last: ${describeEvent(measured[i])}`);
    }
  });
}

function headingOf({
  model,
  environment,
  version,
  strategy,
  stage,
  stages,
  share,
  previous,
}: RunningDeployment) {
  const where =
    stage === 0
      ? 'waits for a predictor to load it'
      : `stage ${stage} of ${Math.max(1, stages.length)}, ${share} % of the traffic`;
  const at = environment === PRODUCTION ? '' : ` to ${environment}`;
  return `${version} of ${model} is being deployed${at} beside ${previous ?? 'nothing'}: ${strategy}, ${where}`;
}

/** Goes back in production, or deploys what was in another environment before. */
async function goBack(options: Back, invocation: Invocation): Promise<void> {
  const { env, to = null, reason, by: requestedBy, wait, model = invocation.model } = options;
  if (env === PRODUCTION) {
    const request = newEvent('RollbackRequested', { model, to, from: null, reason, requestedBy });
    return decide(request, invocation, wait === undefined ? undefined : wait * 1_000);
  }
  const version =
    to ??
    (await withStore(invocation.config, async ({ events }) => {
      await modelNamed(events, model);
      return versionBefore((await readDeployments(events, model)).releases, env);
    }));
  return start({ ...options, strategy: 'blue-green' }, invocation, version);
}
