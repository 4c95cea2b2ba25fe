import type { Command } from 'commander';
import type { Config } from '../infra/config/schema.ts';
import { EpochlogError } from '../kernel/errors.ts';
import type { Decision, Report } from '../operations/production.ts';
import type { LoggedEvent, NewEvent } from '../schemas/catalogue.ts';
import { action, type Invocation } from './action.ts';
import { REASON, withBy } from './arguments.ts';
import { modelNamed } from './declare.ts';
import { describeReport } from './describe-report.ts';
import { requestAndFollow } from './follow.ts';
import { servingTimeout } from './serving-timeout.ts';
import { withSession } from './session.ts';

interface Options {
  model?: string;
  reason: string;
  by: string;
}

type ProductionRequest = NewEvent<'PromotionRequested' | 'RollbackRequested' | 'RetirementRequested'>;

/** What came of a request: a decision and its first report, or the end of the deployment that was running. */
type Decided = { decision: Decision; serving: Report } | LoggedEvent<'DeploymentRolledBack'>;

/**
 * Requests a decision about production, and waits until an instance of the predictor reports what it serves. NOT_FOUND for
 * an unknown model, CONFLICT when the request is refused, NOT_SERVED when no instance reports within some time.
 */
function requestDecision(config: Config, request: ProductionRequest, timeoutMs?: number): Promise<Decided> {
  return withSession(config, async (session) => {
    await modelNamed(session.events, request.data.model); // a misspelt one is told before it is in the log
    using timeout = servingTimeout(timeoutMs);
    let decision: Decision | undefined;
    const end = await requestAndFollow(session, request, {
      watched: ['VersionPromoted', 'VersionRolledBack', 'ModelRetired'],
      ends: [
        'VersionServing',
        'ServingFailed',
        'ServingEnded',
        'PromotionRefused',
        'RetirementRefused',
        'DeploymentRolledBack',
        'DeploymentRefused',
      ],
      // what goes into production ends a deployment too
      isEnd: (event) => event.type !== 'DeploymentRolledBack' || event.data.code === 'ABORTED',
      signal: timeout.signal,
      onEvent(decided) {
        decision = decided;
        timeout.start(decided);
      },
    });
    if (
      end.type === 'PromotionRefused' ||
      end.type === 'RetirementRefused' ||
      end.type === 'DeploymentRefused'
    ) {
      throw new EpochlogError('CONFLICT', `refused: ${end.data.reason}`);
    }
    if (end.type === 'DeploymentRolledBack') return end;
    return { decision: decision!, serving: end };
  });
}

/** What a command about production is asked with. */
export interface Asked {
  model: string;
  reason: string;
  requestedBy: string;
}

/** Adds `--reason` and `--by`, and makes the command request a decision about production. */
export function decides<Given extends object = object>(
  command: Command,
  requestOf: (asked: Asked, argument: string, given: Given) => ProductionRequest,
): void {
  withBy(command).option(...REASON);
  action<Options & Given>(command, (options, invocation, argument = '') => {
    const { reason, by: requestedBy, model = invocation.model } = options;
    return decide(requestOf({ model, reason, requestedBy }, argument, options), invocation);
  });
}

/** Requests a decision about production, and tells what came of it. `timeoutMs` is how long a predictor may take to report. */
export async function decide(
  request: ProductionRequest,
  { config, output }: Invocation,
  timeoutMs?: number,
): Promise<void> {
  const decided = await requestDecision(config, request, timeoutMs);
  if ('type' in decided) {
    output.result(decided);
    const { version, previous } = decided.data;
    output.line(`the deployment of ${version} has ended; ${previous} is in production, as it was`);
    output.line('to go back to an earlier version, name it: --to VERSION');
    return;
  }
  const { decision, serving } = decided;
  output.result({ ...decision, serving });
  const { model } = decision.data;
  const state =
    decision.type === 'ModelRetired'
      ? `${model} is retired`
      : `${decision.data.version} of ${model} is in production`;
  output.line(`${state} (event ${decision.id})`);
  if (serving.type === 'ServingFailed') {
    throw new EpochlogError('NOT_SERVED', `it was decided, but ${describeReport(serving)}`);
  }
  output.line(describeReport(serving));
}
