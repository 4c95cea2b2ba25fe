import type { Command } from 'commander';
import { identifier } from '../../kernel/texts.ts';
import { policyOf } from '../../operations/declared.ts';
import { type Retained, readKeeping, retained } from '../../schemas/models/kept.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { table } from '../output.ts';
import { withStore } from '../store.ts';

/** `epochlog version retention`: which packages stay, why, and when the others are deleted. */
export function addRetention(version: Command): void {
  const retention = version
    .command('retention')
    .description('which packages of versions stay, why, and when the others are deleted by the policy')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<{ model?: string }>(retention, async (options, { config, output, model: usual }) => {
    const model = options.model ?? usual;
    const rows = await withStore(config, async ({ events }) => {
      await modelNamed(events, model);
      return retained(await readKeeping(events, model), (await policyOf(events, model)).retention);
    });
    for (const row of rows)
      output.result({ ...row, archivedAt: iso(row.archivedAt), expiresAt: iso(row.expiresAt) });
    if (rows.length === 0) output.line(`${model} has no version`);
    else output.line(table(['version', 'archived', 'package'], rows.map(cells), output.tableWidth));
  });
}

const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());
const minute = (time: number | null) => iso(time)?.slice(0, 16).replace('T', ' ') ?? '-';

function cells({ version, archivedAt, kept, expiresAt, isExpired }: Retained): string[] {
  const fate = isExpired ? `deleted at ${minute(expiresAt)}` : (kept ?? `is deleted at ${minute(expiresAt)}`);
  return [version, minute(archivedAt), kept === null ? fate : `stays: ${fate}`];
}
