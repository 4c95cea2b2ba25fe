/** Services of the kernel's own tests: warehouses, which ship what is ordered. */
import type * as service from '../service.ts';
import { serviceKinds } from '../service.ts';
import { type LoggedOrderEvent, type OrderEvent, type RecordedOrderEvent, shipped } from './orders.ts';

export type Emit = service.Emit<OrderEvent>;
export type Service = service.Service<unknown, OrderEvent>;

export const { deciderService, reactorService, recordService } = serviceKinds<OrderEvent>();

type Reaction = (
  event: LoggedOrderEvent<'OrderPlaced'>,
  emit: Emit,
) => readonly OrderEvent[] | Promise<readonly OrderEvent[]>;

/** A warehouse with effects, that does this whenever an order is placed. */
export const warehouse = (react: Reaction): Service =>
  reactorService({
    name: 'warehouse',
    reactsTo: ['OrderPlaced'],
    start: () => ({ on: { OrderPlaced: react } }),
  });

type Decision = (request: RecordedOrderEvent<'OrderPlaced'>) => readonly OrderEvent[];

/** Warehouses without a state, of either kind, that do this whenever an order is placed. */
export const KINDS: readonly (readonly [kind: string, make: (react: Decision) => Service])[] = [
  ['a reactor', (react) => warehouse(react)],
  [
    'a decider',
    (react) =>
      deciderService({
        name: 'warehouse',
        reactsTo: ['OrderPlaced'],
        stateFrom: [],
        decider: () => ({
          initialState: () => null,
          decide: (_, request) => react(request),
          evolve: (state) => state,
        }),
      }),
  ],
];

/** A warehouse that emits all parcels of an order at once but the last, which it returns. */
export const inParcels = (
  parcels: number,
  beforeEach: (parcel: number, orderId: string) => void | Promise<void> = () => {},
): Service =>
  warehouse(async ({ subject }, emit) => {
    for (let number = 1; number < parcels; number++) {
      await beforeEach(number, subject);
      await emit(shipped(subject, number));
    }
    await beforeEach(parcels, subject);
    return [shipped(subject, parcels)];
  });
