export interface ConfluentOptions {
  /** base URL, with the path of its Confluent-compatible interface if that is not its root */
  url: string;
  auth?: { username: string; password: string };
  /** whether an unknown schema is registered: a service only looks, `epochlog schemas push` writes */
  register: boolean;
  /** when it aborts, requests under way are given up */
  signal?: AbortSignal | undefined;
}
