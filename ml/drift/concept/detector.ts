/** A change of the mean that was found. */
export interface Change {
  /** mean of the values before it */
  readonly before: number;
  /** of those after it */
  readonly after: number;
}

/** What a detector says after a value. */
export interface Detection<State> {
  /** of the next value; after a change a new one */
  readonly state: State;
  /** null when nothing has changed */
  readonly change: Change | null;
}

/**
 * Finds a change of the mean in a stream of values, one at a time and in bounded memory: of a classifier 1 for a wrong answer
 * and 0 for a right one, of a number its error. The state is plain data and is never changed in place.
 */
export interface ChangeDetector<State = unknown> {
  readonly initial: State;
  update(state: State, value: number): Detection<State>;
}
