/** The labels that models know, in the versions served here: of others there can be no outcome. */
export class KnownLabels {
  readonly #limit: number;
  /** by model; they stay known when it is served no more, since outcomes come late */
  readonly #labels = new Map<string, ReadonlySet<string>>();
  /** the models that answered the latest requests */
  readonly #answered = new Map<string, string>();

  /** @param limit requests of which it is known who answered */
  constructor(limit: number) {
    this.#limit = limit;
  }

  learn(model: string, labels: readonly string[]): void {
    this.#labels.set(model, new Set([...(this.#labels.get(model) ?? []), ...labels]));
  }

  answered(requestId: string, model: string): void {
    this.#answered.set(requestId, model);
    if (this.#answered.size > this.#limit) this.#answered.delete(this.#answered.keys().next().value ?? '');
  }

  /**
   * Why a label cannot be the true one of a request; undefined when it may be. A request that is not known here may have
   * been answered elsewhere or long ago, or be on its way: then some model must know the label, if any is served.
   */
  whyUnknown(requestId: string, label: string): string | undefined {
    const model = this.#answered.get(requestId);
    const labels = this.#labels.get(model ?? '') ?? this.#all();
    if (labels.size === 0 || labels.has(label)) return undefined;
    return `'${label}' is no label of ${model ?? 'any model'}; there are ${[...labels].sort().join(', ')}`;
  }

  #all(): ReadonlySet<string> {
    return new Set([...this.#labels.values()].flatMap((labels) => [...labels]));
  }
}
