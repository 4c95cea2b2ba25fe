import { z } from 'zod';
import { EpochlogError } from '../../kernel/errors.ts';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MAX_AGE_DAYS = 36_500;

const EXPECTED = 'must be a number of days, hours, minutes or seconds, such as 30d, 12h, 90m or 45s';

/** 30d, 12h, 90m or 45s, in milliseconds. */
export const duration = z
  .string({ error: ({ input }) => (input === undefined ? undefined : EXPECTED) })
  .regex(/^[1-9]\d{0,9}[smhd]$/, EXPECTED)
  .transform((text) => Number.parseInt(text, 10) * UNIT_MS[text.at(-1) as keyof typeof UNIT_MS])
  .refine((ms) => ms <= MAX_AGE_DAYS * UNIT_MS.d, `is longer than ${MAX_AGE_DAYS} days`);

const moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** A moment to come, or how long from `now` such as 3d; in milliseconds since the epoch. INPUT_INVALID for anything else. */
export function endOf(text: string, now: number): number {
  const lasts = duration.safeParse(text);
  if (lasts.success) return now + lasts.data;
  if (moment.safeParse(text).success) return Date.parse(text);
  throw new EpochlogError(
    'INPUT_INVALID',
    `'${text}' is no time: give a day, a time with its zone such as 2026-03-01T12:00:00Z, or how long, such as 2h or 3d`,
  );
}
