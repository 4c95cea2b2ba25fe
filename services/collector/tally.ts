import { LIMITS } from '../../kernel/texts.ts';
import type { NewEvent } from '../../schemas/catalogue.ts';
import type { Events } from '../../schemas/events.generated.ts';
import type { ReadFact } from './facts.ts';

type Completed = Events['CollectionCompleted'];

/** Classes beyond so many are not counted one by one: an event stays within its bounds. */
const MAX_CLASSES = LIMITS.entries / 2;

/** What came of a collection so far. */
export class Tally {
  readonly #total: Completed;

  constructor(collectionId: string, task: string) {
    this.#total = {
      ...{ collectionId, task, records: 0, rejected: 0, firstTime: null, lastTime: null },
      ...{ rejections: {}, unrecorded: 0, byTarget: {}, repeated: 0 },
    };
  }

  /** Counts a page. @returns how many of its rows are records, and how many are none */
  add(page: readonly ReadFact[], repeated = 0): { records: number; rejected: number } {
    const { rejections, byTarget } = this.#total;
    let records = 0;
    for (const { fact, target } of page) {
      if (fact.type === 'RecordRejected') {
        addTo(rejections, fact.data.code, 1);
        continue;
      }
      records += 1;
      const { time } = fact.data;
      if (time !== null) this.#extend(time);
      const isRoom =
        typeof target === 'string' && (target in byTarget || Object.keys(byTarget).length < MAX_CLASSES);
      if (isRoom) addTo(byTarget, target, 1);
    }
    const rejected = page.length - records;
    this.#total.records += records;
    this.#total.rejected += rejected;
    this.#total.repeated += repeated;
    return { records, rejected };
  }

  #extend(time: string): void {
    const { firstTime, lastTime } = this.#total;
    if (firstTime === null || time < firstTime) this.#total.firstTime = time;
    if (lastTime === null || time > lastTime) this.#total.lastTime = time;
  }

  /** The end of the collection. @param surplus rejected lines that are not told one by one, by code */
  completed(surplus: Readonly<Record<string, number>> = {}): NewEvent<'CollectionCompleted'> {
    const { rejections } = this.#total;
    for (const [code, count] of Object.entries(surplus)) {
      addTo(rejections, code, count);
      this.#total.rejected += count;
      this.#total.unrecorded += count;
    }
    return { type: 'CollectionCompleted', data: this.#total };
  }
}

function addTo(counts: Record<string, number>, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}
