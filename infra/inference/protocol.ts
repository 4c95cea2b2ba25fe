import type { Tensor } from '../../kernel/ports/inference.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** What the service's process asks of an inference process. */
export type Command =
  | { do: 'open'; session: number; model: Uint8Array }
  | { do: 'run'; session: number; inputs: Tensors }
  | { do: 'close'; session: number };

/** A command with the number that its reply will carry. */
export type Request = Command & { id: number };

/** `outputs` are empty but for a run; `rss` is the memory of the process now, in bytes. */
export type Reply = { id: number; rss: number } & ({ outputs: Record<string, Tensor> } | { error: string });
