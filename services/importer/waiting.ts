import type { Keyed, Maps } from '../../kernel/ports/states.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { RegisteredVersionCreated } from '../../schemas/events.generated.ts';

/** of the versions of one name: the newest stand for the older ones */
const MAX_WAITING = 20;

/** The facts and requests from which it follows which versions wait. */
export const VERSION_STEPS = [
  'RegisteredVersionCreated',
  'RegisteredVersionChanged',
  'RegisteredModelChanged',
  'RegisteredVersionImported',
  'RegisteredVersionRefused',
] as const;

type Version = Pick<RegisteredVersionCreated, 'registeredModel' | 'modelVersion'>;

/**
 * Versions that clients have created under names that no model was declared under, or before the task had a dataset: the newest 20
 * of each name, the oldest first. They are imported once there are both.
 */
export class WaitingVersions {
  readonly #waiting: Keyed<readonly RegisteredVersionCreated[]>;
  /** imported or refused */
  readonly #ended: Keyed<true>;

  constructor(maps: Maps) {
    this.#waiting = maps('waiting');
    this.#ended = maps('ended');
  }

  of(model: string): readonly RegisteredVersionCreated[] {
    return this.#waiting.get(model) ?? [];
  }

  evolve(event: RecordedEvent): void {
    switch (event.type) {
      case 'RegisteredVersionCreated': {
        const { data } = event;
        if (this.#ended.get(keyOf(data))) return; // partitions are folded in any order
        this.#waiting.set(data.registeredModel, [...this.of(data.registeredModel), data].slice(-MAX_WAITING));
        return;
      }
      case 'RegisteredVersionImported':
      case 'RegisteredVersionRefused':
        this.#ended.set(keyOf(event.data), true);
        this.#remove(event.data);
        return;
      case 'RegisteredVersionChanged':
        if (event.data.lifecycleStage === 'deleted') this.#remove(event.data);
        return;
      case 'RegisteredModelChanged':
        if (event.data.lifecycleStage === 'deleted') this.#waiting.delete(event.data.registeredModel);
    }
  }

  #remove({ registeredModel, modelVersion }: Version): void {
    const left = this.of(registeredModel).filter((one) => one.modelVersion !== modelVersion);
    if (left.length > 0) this.#waiting.set(registeredModel, left);
    else this.#waiting.delete(registeredModel);
  }
}

const keyOf = ({ registeredModel, modelVersion }: Version): string => `${registeredModel}/${modelVersion}`;
