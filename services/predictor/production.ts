/** A version that came into production. */
export interface Production {
  model: string;
  version: string;
  /** digest of its package */
  package: string;
}

/** A version that came into production, as the so many-th fact of its model. */
export type Change = Production & { sequence: number };

/** What has been in production, model by model: the memory of the predictor. */
export class ProductionHistory {
  /** by model, in the order of their facts: one that could not be taken when it came may come later */
  readonly #models = new Map<string, Change[]>();

  add({ model, version, package: digest, sequence }: Change): void {
    const changes = [...(this.#models.get(model) ?? []), { model, version, package: digest, sequence }];
    this.#models.set(
      model,
      changes.sort((a, b) => a.sequence - b.sequence),
    );
  }

  /** Whether another version is known to have come into production after it. */
  isPast({ model, sequence }: Pick<Change, 'model' | 'sequence'>): boolean {
    return (this.#models.get(model)?.at(-1)?.sequence ?? 0) > sequence;
  }

  models(): string[] {
    return [...this.#models.keys()];
  }

  /** The version in production, then those before it. */
  latestFirst(model: string): Production[] {
    return (this.#models.get(model) ?? []).toReversed();
  }
}
