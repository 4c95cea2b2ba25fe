import type { EventType, NewEvent } from '../../../schemas/catalogue.ts';
import type { MlflowError } from '../errors.ts';
import type { Entities } from './entities.ts';

/** What a type of event needs to take effect, and what its effect is. */
export interface Rule<T extends EventType> {
  /** why it has no effect in this state; undefined when it has one */
  refusal(state: Entities, data: NewEvent<T>['data']): MlflowError | undefined;
  apply(state: Entities, data: NewEvent<T>['data'], at: number): void;
}

/** The rules of some types of events. */
export type Rules<T extends EventType> = { readonly [K in T]: Rule<K> };
