import { EpochlogError } from '../kernel/errors.ts';

/** A signal that aborts at the first Ctrl-C or SIGTERM; a second one ends the process as usual. */
export function onInterrupt(): { signal: AbortSignal; [Symbol.dispose](): void } {
  const interrupted = new AbortController();
  const release = () => {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  };
  const interrupt = () => {
    release();
    interrupted.abort(new EpochlogError('INTERRUPTED', 'interrupted; run the same command again to resume'));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return { signal: interrupted.signal, [Symbol.dispose]: release };
}

/** Rejects with the signal's reason when it aborts. */
export const rejection = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
