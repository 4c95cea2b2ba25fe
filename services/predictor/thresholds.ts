import type { RecordedEvent } from '../../schemas/catalogue.ts';
import { DEFAULT_POLICY } from '../../tasks/policies/policy.ts';

/** Below which confidence the answers of each model are unsure, by its policy. */
export class Thresholds {
  readonly #unsureBelow = new Map<string, number>();

  evolve(event: RecordedEvent): void {
    if (event.type === 'PolicyChanged')
      this.#unsureBelow.set(event.data.model, event.data.serving.unsureBelow);
  }

  /** Whether an answer is unsure; null for a number, which has no confidence. */
  isUnsure(model: string, confidence: number | null): boolean | null {
    if (confidence === null) return null;
    return confidence < (this.#unsureBelow.get(model) ?? DEFAULT_POLICY.serving.unsureBelow);
  }
}
