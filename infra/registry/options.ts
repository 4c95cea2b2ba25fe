export interface ConfluentOptions {
  /** base URL, with the path of the Confluent-compatible interface */
  url: string;
  auth?: { username: string; password: string };
  /** whether to register unknown schemas: `epochlog schemas push` does, services do not */
  register: boolean;
  /** aborts requests under way */
  signal?: AbortSignal | undefined;
}
