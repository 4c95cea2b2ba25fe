import type { Command } from 'commander';
import { parseDeclaration } from '../../kernel/declaration.ts';
import { EpochlogError, isErrorCode } from '../../kernel/errors.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { reportedRun } from '../../tasks/reported-run.ts';
import { action } from '../action.ts';
import { requestAndFollow } from '../follow.ts';
import { readTextFile } from '../input-file.ts';
import { withSession } from '../session.ts';

/** `epochlog run report`: a run of someone else's trainer. */
export function register(program: Command): void {
  const run = program.command('run').description('runs of trainers outside of epochlog');

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
}
