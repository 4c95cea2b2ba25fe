export interface ConfluentOptions {
  /** base URL, with the path of its Confluent-compatible interface if that is not its root */
  url: string;
  auth?: { username: string; password: string };
  /** whether an unknown schema is registered: a service only looks, `epochlog schemas push` writes */
  register: boolean;
}
