import type { RecordedEvent } from '../../kernel/event.ts';

/** A version and its package. */
export interface Production {
  model: string;
  version: string;
  /** digest of its package */
  package: string;
}

/** What was decided about a model. */
export interface Decision {
  /** of the event that says so */
  id: string;
  correlationId: string;
  model: string;
  /** of the event among the facts of the model */
  number: number;
  /** what is in production from then on; null when the model was retired */
  production: Production | null;
}

export const DECISIONS = ['VersionPromoted', 'VersionRolledBack', 'ModelRetired'] as const;

export const decisionOf = (event: RecordedEvent<(typeof DECISIONS)[number]>): Decision => {
  const { id, correlationId, sequence: number, type, data } = event;
  const { model } = data;
  const production = type === 'ModelRetired' ? null : { model, version: data.version, package: data.package };
  return { id, correlationId, model, number, production };
};

/** What has been in production, model by model. */
export class ProductionHistory {
  /** by model, in the order of their facts: one that could not be taken when it came may come later */
  readonly #models = new Map<string, Decision[]>();

  /** Once or again. */
  add(decision: Decision): void {
    const others = (this.#models.get(decision.model) ?? []).filter(({ id }) => id !== decision.id);
    const decisions = [...others, decision];
    this.#models.set(
      decision.model,
      decisions.sort((a, b) => a.number - b.number),
    );
  }

  models(): string[] {
    return [...this.#models.keys()];
  }

  /** What was decided last. */
  latest(model: string): Decision | undefined {
    return this.#models.get(model)?.at(-1);
  }

  /** The version that came into production last, then those before it, each once. */
  latestFirst(model: string): Production[] {
    const productions = (this.#models.get(model) ?? []).flatMap(({ production }) => production ?? []);
    return [...new Map(productions.toReversed().map((one) => [one.version, one] as const)).values()];
  }
}
