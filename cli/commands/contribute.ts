import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { difference, interval, measure, percent } from '../../ml/metrics/format.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { ContributionIntegrated, DeltaMeasured } from '../../schemas/events.generated.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, withBy } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { EXIT } from '../exit.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { readInputFile } from '../input-file.ts';
import { type Output, table } from '../output.ts';
import { withSession } from '../session.ts';
import { type ChangeOptions, changeOf, withChange } from '../version/change.ts';

interface Options extends ChangeOptions {
  data: string;
  contributor: string;
  baseline?: string;
  model?: string;
  id?: string;
  by: string;
}

/** `epochlog contribute --data FILE`: what a model would gain from somebody's labelled records. */
export function register(program: Command): void {
  const contribute = about(program.command('contribute'), 'training', [
    'npx epochlog contribute --data march.jsonl --contributor grace',
    'npx epochlog contribute --data march.jsonl --contributor grace --baseline v1.0.0 --json',
  ])
    .description('train a model on labelled records too, measure what it gains, accept or refuse them')
    .requiredOption('--data <file>', 'labelled records: lines of JSON, or CSV with a header; gzip or plain')
    .requiredOption('--contributor <id>', 'whose they are', checked('--contributor', identifier))
    .option(
      '--baseline <version>',
      'version to start from (default: the one in production)',
      checked('--baseline', versionText),
    )
    .option('--id <id>', 'of the contribution (default: a new one)', checked('--id', identifier))
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Options>(
    withBy(withChange(contribute)),
    async (options, { config, output, model: defaultModel }) => {
      const { data: path, contributor, baseline = null, model = defaultModel, by } = options;
      const contributionId = options.id ?? `${contributor}-${randomUUID().slice(0, 8)}`;
      const change = changeOf(options);
      const bytes = await readInputFile(path);
      const told: { integrated?: ContributionIntegrated; delta?: DeltaMeasured } = {};
      const end = await withSession(config, async (session) => {
        await modelNamed(session.events, model);
        const request = newEvent('ContributionRequested', {
          ...{ contributionId, model, baseline, contributor, change, requestedBy: by },
          data: await session.artifacts.put(bytes),
          dataName: basename(path),
        });
        return requestAndFollow(session, request, {
          ends: ['ContributionAccepted', 'ContributionRefused'],
          watched: ['ContributionIntegrated', 'DeltaMeasured'],
          onEvent(event) {
            if (event.type === 'ContributionIntegrated') told.integrated = event.data;
            else told.delta = event.data;
          },
        });
      });
      const isAccepted = end.type === 'ContributionAccepted';
      output.result({ outcome: isAccepted ? 'accepted' : 'refused', ...end.data, ...told });
      show(told, output);
      output.line(
        `${contributionId} is ${isAccepted ? 'accepted' : `refused (${end.data.code})`}: ${end.data.reason}`,
      );
      if (!isAccepted) process.exitCode = EXIT.refused.code;
    },
  );
}

function show(
  { integrated, delta }: { integrated?: ContributionIntegrated; delta?: DeltaMeasured },
  output: Output,
): void {
  if (integrated) {
    const { rows, added, duplicates, invalid, invalidBy, contributor } = integrated;
    const why = Object.entries(invalidBy).map(([code, count]) => `${count} ${code}`);
    const faults = why.length === 0 ? '' : ` (${why.join(', ')})`;
    output.line(
      `${contributor}: ${rows} rows, ${added} added, ${duplicates} duplicates, ${invalid} invalid${faults}`,
    );
  }
  if (!delta) return;
  if (delta.agreement !== null)
    output.line(`the baseline gives ${percent(delta.agreement)} of the new labels`);
  const rows = delta.deltas.map(({ metric, baseline, contribution, improvement, low, high }) => [
    ...[metric, measure(metric, baseline, 2), measure(metric, contribution, 2)],
    difference(metric, improvement, 2),
    low === null || high === null ? '' : interval(metric, [low, high]),
  ]);
  output.line(
    table(['metric', delta.baseline, 'with it', 'improvement', '95 % interval'], rows, output.tableWidth),
  );
}
