import type { RecordedEvent } from '../catalogue.ts';
import type {
  ContributionAccepted,
  ContributionChecked,
  ContributionIntegrated,
  DeltaMeasured,
} from '../events.generated.ts';

/** The events of a contribution, from the request to its end. */
export const CONTRIBUTION_EVENTS = [
  'ContributionRequested',
  'ContributionIntegrated',
  'ContributionChecked',
  'DeltaMeasured',
  'ContributionAccepted',
  'ContributionRefused',
] as const;

/** What has become of a contribution. What is null has not come yet. */
export interface ToldContribution {
  readonly contributionId: string;
  readonly model: string;
  readonly contributor: string;
  readonly state: 'running' | 'accepted' | 'refused';
  readonly code: string | null;
  readonly reason: string | null;
  readonly integrated: ContributionIntegrated | null;
  readonly labels: ContributionChecked['labels'] | null;
  readonly measured: DeltaMeasured | null;
  readonly accepted: ContributionAccepted | null;
  /** milliseconds since the epoch */
  readonly requestedAt: number;
}

/** By id, in the order in which they came. */
export type Contributions = ReadonlyMap<string, ToldContribution>;

/** Folds an event. A request for an id that is taken changes nothing: it is refused. */
export function withContribution(
  all: Contributions,
  { type, data, time }: RecordedEvent<(typeof CONTRIBUTION_EVENTS)[number]>,
): Contributions {
  const { contributionId, model, contributor } = data;
  const before = all.get(contributionId);
  if (type === 'ContributionRequested') {
    const unknown = {
      code: null,
      reason: null,
      integrated: null,
      labels: null,
      measured: null,
      accepted: null,
    };
    const begun = {
      contributionId,
      model,
      contributor,
      state: 'running',
      ...unknown,
      requestedAt: time,
    } as const;
    return before ? all : new Map(all).set(contributionId, begun);
  }
  if (before?.state !== 'running') return all;
  return new Map(all).set(contributionId, { ...before, ...changeBy(type, data) });
}

function changeBy(type: string, data: object): Partial<ToldContribution> {
  switch (type) {
    case 'ContributionIntegrated':
      return { integrated: data as ContributionIntegrated };
    case 'ContributionChecked':
      return { labels: (data as ContributionChecked).labels };
    case 'DeltaMeasured':
      return { measured: data as DeltaMeasured };
    case 'ContributionAccepted': {
      const accepted = data as ContributionAccepted;
      return { state: 'accepted', accepted, reason: accepted.reason };
    }
    default: {
      const { code, reason } = data as { code: string; reason: string };
      return { state: 'refused', code, reason };
    }
  }
}
