import type { Keyed, Maps } from '../../kernel/ports/states.ts';

/** Requests that are forgotten at once. */
const MAX_GROUP = 1_000;
/** so many groups, at least, are kept */
const GROUPS = 100;

/** What is saved of it, beside its maps. */
export interface SavedWaiting {
  oldestGroup: number;
  group: number;
  requests: readonly string[];
}

/**
 * Halves of predictions with outcomes that wait for the other half, by request: those of the last `limit` requests, which come
 * in groups that are forgotten together. There may be very many, so they are in large maps.
 */
export class Waiting<Half> {
  readonly #halves: Keyed<Half>;
  readonly #groups: Keyed<readonly string[]>;
  readonly #limit: number;
  readonly #groupSize: number;
  #oldestGroup: number;
  /** the one that is being filled */
  #group: number;
  #requests: string[];

  constructor(maps: Maps, name: string, limit: number, saved?: SavedWaiting) {
    this.#halves = maps(name);
    this.#groups = maps(`${name}-groups`);
    this.#limit = limit;
    this.#groupSize = Math.max(1, Math.min(MAX_GROUP, Math.floor(limit / GROUPS)));
    this.#oldestGroup = saved?.oldestGroup ?? 0;
    this.#group = saved?.group ?? 0;
    this.#requests = [...(saved?.requests ?? [])];
  }

  get saved(): SavedWaiting {
    return { oldestGroup: this.#oldestGroup, group: this.#group, requests: this.#requests };
  }

  get(request: string): Half | undefined {
    const isEmpty = this.#group === this.#oldestGroup && this.#requests.length === 0;
    return isEmpty ? undefined : this.#halves.get(request); // a read of the disk
  }

  set(request: string, half: Half): void {
    this.#halves.set(request, half);
    this.#requests.push(request);
    if (this.#requests.length < this.#groupSize) return;
    this.#groups.set(`${this.#group}`, this.#requests);
    this.#group += 1;
    this.#requests = [];
    while ((this.#group - this.#oldestGroup) * this.#groupSize > this.#limit)
      this.#forget(this.#oldestGroup++);
  }

  delete(request: string): void {
    this.#halves.delete(request);
  }

  #forget(group: number): void {
    for (const request of this.#groups.get(`${group}`) ?? []) this.#halves.delete(request);
    this.#groups.delete(`${group}`);
  }
}
