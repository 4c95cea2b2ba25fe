import type { Command } from 'commander';
import type { Config } from '../infra/config/schema.ts';
import { EpochlogError } from '../kernel/errors.ts';
import { reason as reasonText } from '../kernel/texts.ts';
import type { Decision, Report } from '../operations/production.ts';
import type { NewEvent } from '../schemas/catalogue.ts';
import { action, type Invocation } from './action.ts';
import { checked, withBy } from './arguments.ts';
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

/**
 * Requests a decision about production, and waits until an instance of the predictor reports what it serves. NOT_FOUND for
 * an unknown model, CONFLICT when the request is refused, NOT_SERVED when no instance reports.
 */
function requestDecision(
  config: Config,
  request: ProductionRequest,
): Promise<{ decision: Decision; serving: Report }> {
  return withSession(config, async (session) => {
    await modelNamed(session.events, request.data.model); // a misspelt one is told before it is in the log
    using timeout = servingTimeout();
    let decision: Decision | undefined;
    const end = await requestAndFollow(session, request, {
      watched: ['VersionPromoted', 'VersionRolledBack', 'ModelRetired'],
      ends: ['VersionServing', 'ServingFailed', 'ServingEnded', 'PromotionRefused', 'RetirementRefused'],
      signal: timeout.signal,
      onEvent(decided) {
        decision = decided;
        timeout.start(decided);
      },
    });
    if (end.type === 'PromotionRefused' || end.type === 'RetirementRefused') {
      throw new EpochlogError('CONFLICT', `refused: ${end.data.reason}`);
    }
    return { decision: decision!, serving: end };
  });
}

/** Adds `--reason` and `--by`, and makes the command request a decision about production. */
export function decides(
  command: Command,
  requestOf: (
    options: { model: string; reason: string; requestedBy: string },
    argument: string,
  ) => ProductionRequest,
): void {
  withBy(command).option(
    '--reason <text>',
    'why; it stays in the log',
    checked('--reason', reasonText),
    'asked for on the command line',
  );
  action<Options>(command, ({ reason, by: requestedBy, ...options }, invocation, argument = '') => {
    const { model = invocation.model } = options;
    return decide(requestOf({ model, reason, requestedBy }, argument), invocation);
  });
}

async function decide(request: ProductionRequest, { config, output }: Invocation): Promise<void> {
  const { decision, serving } = await requestDecision(config, request);
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
