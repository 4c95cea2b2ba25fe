import type { Store } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { factOf } from './facts.ts';

export const ACCEPTED_TASK = 'account-health';
const BATCH = 1_000;
/** A prime above the number of samples: multiples of another one, modulo it, come in no order and do not repeat. */
const PRIME = 10_000_019;

/** Appends accepted samples of a task, as the curator would, in no order of their ids. Hardly two have a text in common. */
export async function appendAccepted({ log, codec }: Store, first: number, end: number): Promise<void> {
  for (let start = first; start < end; start += BATCH) {
    const facts = Array.from({ length: Math.min(BATCH, end - start) }, (_, at) => accepted(start + at));
    await log.append(facts.map((fact) => codec.encode(factOf(fact))));
  }
}

function accepted(at: number) {
  const id = String((at * 7_919) % PRIME).padStart(12, '0');
  return newEvent('SampleAccepted', {
    ...{ task: ACCEPTED_TASK, recordId: `account-${id}`, taskVersion: '1' },
    instance: { plan: 'team', region: `region ${at % 5}`, seats: at % 97, logins_30d: at / 7 },
    target: at % 3 ? 'healthy' : 'at risk',
    time: new Date(Date.UTC(2024, 0, 1) + at * 1_000).toISOString(),
    group: `customer-${String(Math.floor(at / 3)).padStart(12, '0')}`,
    ...{ otherLabels: [], cleaning: [], replaces: false, revision: null, revisedAt: null },
  });
}
