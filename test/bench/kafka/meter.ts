/** What a contestant did. */
export interface Rate {
  perSecond: number;
  /** of this process, in microseconds for each; the brokers' is not in it */
  cpuMicros: number;
}

/** Counts what is done in a second. The first to come starts the clock and is not counted: it warms up. */
export class Meter {
  readonly #seconds: number;
  #begun: Reading | undefined;
  #last: Reading | undefined;
  #count = 0;

  /** How long to measure, in seconds. */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  add(count: number): void {
    this.#last = readClocks();
    if (this.#begun === undefined) this.#begun = this.#last;
    else this.#count += count;
  }

  /** Whether the time is over. */
  get isOver(): boolean {
    return this.#begun !== undefined && performance.now() - this.#begun.ms > this.#seconds * 1_000;
  }

  get rate(): Rate {
    const [begun, last] = [this.#begun, this.#last];
    if (!begun || !last || this.#count === 0) throw new Error('too little was done to measure it');
    return {
      perSecond: this.#count / ((last.ms - begun.ms) / 1_000),
      cpuMicros: (last.cpuMicros - begun.cpuMicros) / this.#count,
    };
  }
}

interface Reading {
  ms: number;
  cpuMicros: number;
}

function readClocks(): Reading {
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), cpuMicros: user + system };
}

/** How much is done in a second by as many callers at once; a step tells how much it has done. */
export async function rateOf(seconds: number, callers: number, step: () => Promise<number>): Promise<Rate> {
  const meter = new Meter(seconds);
  const caller = async () => {
    while (!meter.isOver) meter.add(await step());
  };
  await step(); // connections and metadata are there when the clock starts
  meter.add(0);
  await Promise.all(Array.from({ length: callers }, caller));
  return meter.rate;
}
