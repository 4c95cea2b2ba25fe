/** An event with what it follows from. */
export interface Caused {
  id: string;
  type: string;
  subject: string;
  source: string;
  time: string;
  causationId?: string | null;
}

export interface Placed<E extends Caused> {
  event: E;
  /** place in time, from 0 */
  column: number;
  /** of its service or client, from 0 */
  lane: number;
}

/** Events in the order of time, a lane for each service or client, and which led to which. */
export interface Layout<E extends Caused> {
  nodes: readonly Placed<E>[];
  lanes: readonly string[];
  edges: readonly (readonly [cause: Placed<E>, effect: Placed<E>])[];
}

/** Lanes are in the order of their first event; each event is there once. */
export function layoutOf<E extends Caused>(events: readonly E[]): Layout<E> {
  const once = [...new Map(events.map((event) => [event.id, event])).values()];
  const order = once.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time)); // stable: as the log has them
  const lanes = [...new Set(order.map(({ source }) => source))];
  const nodes = order.map((event, column) => ({ event, column, lane: lanes.indexOf(event.source) }));
  const byId = new Map(nodes.map((node) => [node.event.id, node]));
  const edges = nodes.flatMap((effect) => {
    const cause = effect.event.causationId ? byId.get(effect.event.causationId) : undefined;
    return cause ? [[cause, effect] as const] : [];
  });
  return { nodes, lanes, edges };
}
