import { isFact, type LoggedEvent, streamOf } from '../../schemas/catalogue.ts';
import { STREAMS } from '../../schemas/events.generated.ts';
import { Tally } from './tally.ts';

/** Where an event is: the index of its partition among those that are checked, and its offset. */
export interface Place {
  partition: number;
  offset: number;
}

export interface NumberingFault extends Place {
  /** the sequence that the fact should have; undefined for an id that an earlier event has */
  expected?: number;
}

/** The ids of all events, and the sequences of all facts: what only the whole log shows. */
export class Numbering implements Disposable {
  readonly #ids: Tally;
  readonly #sequences: Tally;

  /** @param scratch where temporary files may be */
  constructor(scratch: string) {
    this.#ids = new Tally(scratch, 2);
    this.#sequences = new Tally(scratch, 3);
  }

  /** To be called with the events of a partition in their order. */
  note({ id, type, subject, sequence }: LoggedEvent, { partition, offset }: Place): void {
    this.#ids.add(id, partition, offset);
    if (isFact(type) && !STREAMS[streamOf(type)].oneFactPerKey)
      this.#sequences.add(`${partition} ${subject}`, partition, offset, sequence);
  }

  /** How many events have an id that occurred before or a sequence with a gap or repetition, and the first of them. */
  faults(limit: number): { count: number; first: NumberingFault[] } {
    const first: NumberingFault[] = [];
    let count = 0;
    const found = (fault: NumberingFault) => {
      count += 1;
      if (first.length < limit) first.push(fault);
    };
    this.#ids.fold<true>((seen, [partition, offset]) => {
      if (seen) found({ partition: partition!, offset: offset! });
      return true;
    });
    this.#sequences.fold<number>((last = 0, [partition, offset, sequence]) => {
      const expected = last + 1;
      if (sequence !== expected) found({ partition: partition!, offset: offset!, expected });
      return sequence!;
    });
    return { count, first };
  }

  [Symbol.dispose](): void {
    this.#ids[Symbol.dispose]();
    this.#sequences[Symbol.dispose]();
  }
}
