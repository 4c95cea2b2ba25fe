/** A version that came into production. */
export interface Production {
  model: string;
  version: string;
  /** digest of its package */
  package: string;
}

/** What has been in production, model by model: the memory of the predictor. */
export class ProductionHistory {
  readonly #models = new Map<string, Production[]>();

  add({ model, version, package: digest }: Production): void {
    const versions = this.#models.get(model) ?? [];
    this.#models.set(model, [...versions, { model, version, package: digest }]);
  }

  models(): string[] {
    return [...this.#models.keys()];
  }

  /** The version in production, then those before it. */
  latestFirst(model: string): Production[] {
    return (this.#models.get(model) ?? []).toReversed();
  }
}
