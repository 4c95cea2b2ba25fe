import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { EpochlogError } from '../../kernel/errors.ts';
import type { InstanceRequest } from './answer.ts';

/** What was asked of a model, and under a request id of the client's own, a digest of all that the answer depends on. */
export interface Asked {
  instance: InstanceRequest;
  /** undefined without a request id: a repeated request cannot be recognised */
  input: string | undefined;
}

/** Of `version` only what the client asked for counts: asked again after a promotion, the answer is still the same. */
export function askedOf(instance: InstanceRequest, model: string, version: string | undefined): Asked {
  const { requestId, id, fields, instant } = instance;
  if (requestId === undefined) return { instance, input: undefined };
  const input = JSON.stringify([model, version, id, fields, instant]);
  return { instance, input: createHash('sha256').update(input).digest('base64') };
}

/** What is asked for, each request id once. CONFLICT when two instances have the same one and are not the same. */
export function distinct(all: readonly Asked[]): Asked[] {
  const byRequest = new Map<string, Asked>();
  return all.filter((asked) => {
    const { requestId } = asked.instance;
    if (requestId === undefined) return true;
    const before = byRequest.get(requestId);
    if (before && before.input !== asked.input) throw conflict(requestId);
    byRequest.set(requestId, asked);
    return !before;
  });
}

const conflict = (requestId: string): EpochlogError =>
  new EpochlogError(
    'CONFLICT',
    `the requestId '${requestId}' stands for another instance, model or version already: give each its own`,
  );

interface Kept<Answer> {
  input: string | undefined;
  answer: Promise<Answer>;
}

/** Answers by request id, the `limit` last asked for, also those still being made. A restart forgets them. */
export class RecentAnswers<Answer> {
  readonly #kept: LRUCache<string, Kept<Answer>>;

  constructor(limit: number) {
    this.#kept = new LRUCache({ max: limit });
  }

  /** CONFLICT when something else was asked under the same request id. */
  get({ instance: { requestId }, input }: Asked): Promise<Answer> | undefined {
    const kept = requestId === undefined ? undefined : this.#kept.get(requestId);
    if (requestId !== undefined && kept && kept.input !== input) throw conflict(requestId);
    return kept?.answer;
  }

  /** Keeps an answer under the id of its request, unless that fails: then it may be asked again. */
  keep({ instance: { requestId }, input }: Asked, answer: Promise<Answer>): void {
    if (requestId === undefined) return;
    this.#kept.set(requestId, { input, answer });
    answer.catch(() => this.#kept.delete(requestId));
  }
}
