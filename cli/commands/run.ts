import type { Command } from 'commander';
import { parseDeclaration } from '../../kernel/declaration.ts';
import { EpochlogError, isErrorCode } from '../../kernel/errors.ts';
import { identifier, reason as reasonText } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { assertCancellable } from '../../schemas/runs/states.ts';
import { reportedRun } from '../../tasks/reported-run.ts';
import { action } from '../action.ts';
import { checked } from '../arguments.ts';
import { requestAndFollow } from '../follow.ts';
import { readTextFile } from '../input-file.ts';
import { withSession } from '../session.ts';

/** `epochlog run report | cancel`: a run of someone else's trainer, and the end of one of the own. */
export function register(program: Command): void {
  const run = program
    .command('run')
    .description('training runs: report one of a trainer outside of epochlog, cancel one');

  const report = run
    .command('report')
    .argument('<file>', 'what the trainer says of the run, YAML')
    .description('write a run that has ended, with a stored package or with a failure');
  action(report, async (_, { config, output }, file = '') => {
    const reported = parseDeclaration(file, await readTextFile(file), reportedRun);
    await withSession(config, async (session) => {
      const request = newEvent('RunReported', { ...reported, requestedBy: reported.requestedBy ?? 'cli' });
      const end = await requestAndFollow(session, request, {
        ends: ['RunRefused', 'TrainingCompleted', 'TrainingFailed'],
      });
      const { runId } = reported;
      if (end.type === 'RunRefused') {
        const { code, reason } = end.data;
        throw new EpochlogError(isErrorCode(code) ? code : 'CONFLICT', `refused: ${reason}`);
      }
      output.result(end);
      output.line(
        end.type === 'TrainingCompleted'
          ? `${runId} is in the log; its package is being evaluated`
          : `${runId} is in the log: ${end.data.reason}`,
      );
    });
  });

  const cancel = run
    .command('cancel')
    .argument('<run>', 'its id, as `train` and GET /v1/runs show it')
    .description('stop a run that has not ended: it ends without a model')
    .option(
      '--reason <text>',
      'why; it stays in the log',
      checked('--reason', reasonText),
      'asked for on the command line',
    );
  action<{ reason: string }>(cancel, async ({ reason }, { config, output }, argument = '') => {
    const runId = checked('<run>', identifier)(argument);
    await withSession(config, async (session) => {
      await assertCancellable(session.events, runId);
      const request = newEvent('RunCancelRequested', { runId, reason, requestedBy: 'cli' });
      const end = await requestAndFollow(session, request, {
        aggregate: runId,
        ends: ['RunCancelled', 'RunCancelRefused'],
      });
      if (end.type === 'RunCancelRefused') {
        const { code, reason } = end.data;
        throw new EpochlogError(isErrorCode(code) ? code : 'CONFLICT', `refused: ${reason}`);
      }
      output.result(end);
      output.line(`${runId} is cancelled: it ended without a model`);
    });
  });
}
