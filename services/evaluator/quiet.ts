/**
 * Lets steps run beside each other, but for those that must be alone: a latency that is measured while another evaluation predicts
 * would be that of a busy machine. Who waits to be alone goes before shared steps that come later.
 */
export class Quiet {
  readonly #running = new Set<Promise<unknown>>();
  #alone: Promise<void> = Promise.resolve();

  async shared<T>(step: () => Promise<T>): Promise<T> {
    let before: Promise<void>;
    do {
      before = this.#alone;
      await before;
    } while (before !== this.#alone);
    const running = step();
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  alone<T>(step: () => Promise<T>): Promise<T> {
    const before = this.#alone;
    const running = (async () => {
      await before;
      await Promise.allSettled([...this.#running]);
      return step();
    })();
    this.#alone = running.then(
      () => {},
      () => {},
    );
    return running;
  }
}
