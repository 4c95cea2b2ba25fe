/**
 * Turns on the event loop for work that many do at once, in chunks: whoever awaits one gets it in the order of asking,
 * one chunk in each iteration of the loop. So however many there are, everything else waits for one chunk at most.
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
