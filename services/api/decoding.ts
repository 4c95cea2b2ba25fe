import { isFinal } from '../../kernel/errors.ts';

/** For readers that skip undecodable records: they are dead letters. */
export function noneIfUndecodable(error: unknown): readonly [] {
  if (!isFinal(error)) throw error;
  return [];
}
