/** Messages of the engine's process to its parent. */
export type FromEngine =
  | { kind: 'ready' }
  | { kind: 'locked'; holder: number }
  | { kind: 'missing'; message: string }
  | { kind: 'failed'; message: string };
