import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { PolicyChanged } from '../../schemas/events.generated.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

/** What the policy of each model says of its answers. */
export class ServingPolicies {
  readonly #policies = new Map<string, PolicyChanged['serving']>();

  evolve(event: RecordedEvent): void {
    if (event.type === 'PolicyChanged') this.#policies.set(event.data.model, event.data.serving);
  }

  /** Whether an answer is unsure; null for a number, which has no confidence. */
  isUnsure(model: string, confidence: number | null): boolean | null {
    return confidence === null ? null : confidence < this.#of(model).unsureBelow;
  }

  /** Whether its predictions keep the instance that was asked about. */
  keepsInput(model: string): boolean {
    return this.#of(model).keepInput;
  }

  #of(model: string): PolicyChanged['serving'] {
    return this.#policies.get(model) ?? DEFAULT_POLICY.serving;
  }
}
