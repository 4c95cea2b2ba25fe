/**
 * Shares the event loop among concurrent tasks that work in chunks: one chunk runs in each iteration of the loop, in FIFO
 * order. So all other work waits for one chunk at most, however many tasks there are.
 */
export function createTurns(): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const next = () => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(next);
  };
  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(next);
    });
}
