/** What the engine's process tells the one that started it. */
export type FromEngine =
  | { kind: 'ready' }
  | { kind: 'locked'; holder: number }
  | { kind: 'missing'; message: string }
  | { kind: 'failed'; message: string };
