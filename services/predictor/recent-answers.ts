/** Answers by request id, the latest `limit` of them, also those still being made. */
export class RecentAnswers<Answer> {
  readonly #limit: number;
  readonly #answers = new Map<string, Promise<Answer>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(requestId: string | undefined): Promise<Answer> | undefined {
    return requestId === undefined ? undefined : this.#answers.get(requestId);
  }

  /** Keeps an answer under the id of its request, unless that fails: then it may be asked again. */
  keep(requestId: string, answer: Promise<Answer>): void {
    this.#answers.set(requestId, answer);
    answer.catch(() => this.#answers.delete(requestId));
    if (this.#answers.size > this.#limit) this.#answers.delete(this.#answers.keys().next().value ?? '');
  }
}
