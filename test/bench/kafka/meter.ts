/** The rate of a contestant. */
export interface Rate {
  perSecond: number;
  /** CPU time of this process for each item, in microseconds, without the broker's */
  cpuMicros: number;
}

/** Measures items per second. The first item starts the clock and is not counted. */
export class Meter {
  readonly #seconds: number;
  #begun: Reading | undefined;
  #last: Reading | undefined;
  #count = 0;

  /** `seconds`: how long to measure. */
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

/** The rate of concurrent callers; a step returns its number of items. */
export async function rateOf(seconds: number, callers: number, step: () => Promise<number>): Promise<Rate> {
  const meter = new Meter(seconds);
  const caller = async () => {
    while (!meter.isOver) meter.add(await step());
  };
  await step(); // connects and loads metadata before the clock starts
  meter.add(0);
  await Promise.all(Array.from({ length: callers }, caller));
  return meter.rate;
}
