/** What is opened: a graph by itself, or files with the address of the module whose `program` reads them. */
export type Source = { model: Uint8Array } | { program: string; files: ReadonlyMap<string, Uint8Array> };

/** What the service's process asks of an inference process. The question of a graph by itself are its inputs by name. */
export type Command =
  | { do: 'open'; session: number; source: Source }
  | { do: 'run'; session: number; question: unknown }
  | { do: 'close'; session: number };

/** A command with the number that its reply will carry. */
export type Request = Command & { id: number };

/** `answer` is undefined but for a run; `rss` is the memory of the process, in bytes, where it was looked at. */
export type Reply = { id: number; rss?: number } & ({ answer: unknown } | { error: string });
