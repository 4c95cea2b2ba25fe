import { EpochlogError } from '../../kernel/errors.ts';
import type { Session } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type { LabelCorrected, LabelRefused } from '../../schemas/events.generated.ts';
import { isOneOf } from '../follow.ts';

const REQUESTS_AT_ONCE = 500;
/** without an answer */
const TIMEOUT_MS = 60_000;
const ANSWERS = ['LabelCorrected', 'LabelRefused'] as const;

/** A sample whose label may be wrong. */
export interface Suspect {
  readonly id: string;
  readonly split: string;
  readonly label: string;
  readonly suggested: string;
  /** probability of its own label */
  readonly own: number;
  /** probability of the suggested one */
  readonly confidence: number;
}

/** What came of corrections. */
export interface Applied {
  readonly corrected: readonly LabelCorrected[];
  readonly refused: readonly LabelRefused[];
}

interface Corrections {
  readonly task: string;
  readonly datasetId: string;
  readonly suspects: readonly Suspect[];
  readonly by: string;
}

/**
 * Asks for the suggested labels of suspected samples, and waits until each is recorded or refused. CONFLICT when no curator
 * answers within a minute.
 */
export async function applyCorrections(
  session: Session,
  { suspects, ...about }: Corrections,
): Promise<Applied> {
  const applied = { corrected: [] as LabelCorrected[], refused: [] as LabelRefused[] };
  for (let start = 0; start < suspects.length; start += REQUESTS_AT_ONCE) {
    const { corrected, refused } = await correct(session, {
      ...about,
      suspects: suspects.slice(start, start + REQUESTS_AT_ONCE),
    });
    applied.corrected.push(...corrected);
    applied.refused.push(...refused);
  }
  return applied;
}

async function correct(session: Session, { task, datasetId, suspects, by }: Corrections): Promise<Applied> {
  const requests = suspects.map(({ id: recordId, label: from, suggested: target, own, confidence }) =>
    newEvent('LabelCorrectionRequested', {
      ...{ task, recordId, from, target, confidence, datasetId, requestedBy: by },
      explanation: `suspected by confident learning: ${from} has a probability of ${own.toFixed(3)}`,
    }),
  );
  const start = await session.events.endOffsets(['labels']);
  const asked = await session.publisher.publish(requests);
  const pending = new Set(asked.map(({ correlationId }) => correlationId));
  const applied = { corrected: [] as LabelCorrected[], refused: [] as LabelRefused[] };
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const done = new AbortController();
  const signal = AbortSignal.any([timeout, done.signal, session.signal]);
  try {
    for await (const record of session.events.follow(start, signal)) {
      if (!pending.has(record.headers.ce_correlationid ?? '')) continue;
      for (const event of await session.events.decode(record)) {
        if (!isOneOf(event, ANSWERS) || !pending.delete(event.correlationId)) continue;
        if (event.type === 'LabelCorrected') applied.corrected.push(event.data);
        else applied.refused.push(event.data);
      }
      if (pending.size === 0) return applied;
    }
  } finally {
    done.abort();
  }
  if (timeout.aborted)
    throw new EpochlogError(
      'CONFLICT',
      `${pending.size} requests are in the log, and no curator has answered them in ${TIMEOUT_MS / 1_000} s: start the services with \`epochlog up\``,
    );
  throw signal.reason;
}
