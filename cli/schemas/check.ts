import { EpochlogError } from '../../kernel/errors.ts';
import type { StreamSchemas } from '../../kernel/schema.ts';
import { type CheckedEvent, checkStream } from '../../schemas/check.ts';
import { loadSchemas } from '../../schemas/load.ts';
import { loadUpcasts } from '../../schemas/upcasts.ts';

/** The current schemas. INPUT_UNREADABLE when a file is not JSON. */
export function readSchemas(): readonly StreamSchemas[] {
  try {
    return loadSchemas();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new EpochlogError('INPUT_UNREADABLE', error.message, { cause: error });
  }
}

export async function checkSchemas(streams: readonly StreamSchemas[]): Promise<CheckedEvent[]> {
  const upcasts = await loadUpcasts();
  return streams.flatMap((stream) => checkStream(stream, undefined, upcasts));
}

/** Describes the check of an event: one line, or one for each fault. */
export function describe({ verdict, changes, faults }: CheckedEvent): string[] {
  if (verdict === 'compatible') return [`compatible change: ${changes.join('; ')}`];
  if (verdict !== 'incompatible') return [verdict];
  return faults.map(({ versions, why }) => {
    const [last, ...before] = versions.toReversed();
    if (last === undefined) return `refused: ${why}`;
    const numbers = before.length === 0 ? last : `${before.toReversed().join(', ')} and ${last}`;
    return `incompatible with version ${numbers}: ${why}`;
  });
}

/** SCHEMA_INCOMPATIBLE when a schema may not be published, naming the first of them. */
export function assertCompatible(checked: readonly CheckedEvent[]): void {
  const [first, ...others] = checked.filter(({ verdict }) => verdict === 'incompatible');
  if (!first) return;
  const more = others.length === 0 ? '' : ` (and ${others.length} other events: \`epochlog schemas check\`)`;
  throw new EpochlogError(
    'SCHEMA_INCOMPATIBLE',
    `${first.stream}/${first.event} ${describe(first).join('; ')}${more}`,
  );
}
