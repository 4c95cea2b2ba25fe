import { newId } from '../../kernel/ids.ts';
import { type NewEvent, newEvent, type RecordedEvent, type ServiceContext } from '../../schemas/catalogue.ts';
import type { Decision } from '../../schemas/models/production.ts';

export const REPORTS = ['VersionServing', 'ServingFailed', 'ServingEnded'] as const;
type Report = NewEvent<(typeof REPORTS)[number]>;

/** Why the version in production does not answer, and which one answers instead, if any. */
export interface Failure {
  served: string | null;
  code: string;
  reason: string;
}

type Reporting = Pick<ServiceContext, 'publisher' | 'clock' | 'instance'>;

/** Says in the log what this instance answers with, when that changes: a restart that changes nothing says nothing. */
export class Reports {
  readonly #context: Reporting;
  /** by model, what was said last, in short */
  readonly #said = new Map<string, string>();

  constructor(context: Reporting) {
    this.#context = context;
  }

  /** Takes in what an instance has said. */
  evolve({ type, data }: RecordedEvent<(typeof REPORTS)[number]>): void {
    if (data.instance === this.#context.instance)
      this.#said.set(data.model, inShort({ type, data } as Report));
  }

  /** Tells what follows from a decision here. Resolves when it is in the log. */
  async tell(decision: Decision, failure?: Failure): Promise<void> {
    const { publisher, clock, instance } = this.#context;
    const report = reportOf(decision, failure, { servingId: newId(clock.now()), instance });
    if (this.#said.get(decision.model) === inShort(report)) return;
    await publisher.publish([report], decision);
    this.#said.set(decision.model, inShort(report));
  }
}

function reportOf(
  { id, number, model, production }: Decision,
  failure: Failure | undefined,
  origin: { servingId: string; instance: string },
): Report {
  const common = { ...origin, model, decisionId: id, decisionNumber: number };
  if (!production) return newEvent('ServingEnded', common) as Report;
  const decided = { ...common, version: production.version, package: production.package };
  return (
    failure ? newEvent('ServingFailed', { ...decided, ...failure }) : newEvent('VersionServing', decided)
  ) as Report;
}

/** What makes a report news. */
const inShort = ({ type, data }: Report): string =>
  `${type} ${data.decisionId} ${type === 'ServingFailed' ? data.served : ''}`;
