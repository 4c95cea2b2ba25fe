import { z } from 'zod';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MAX_AGE_DAYS = 36_500;

/** 30d, 12h, 90m or 45s, in milliseconds. */
export const duration = z
  .string()
  .regex(
    /^[1-9]\d{0,9}[smhd]$/,
    'must be a number of days, hours, minutes or seconds, such as 30d, 12h, 90m or 45s',
  )
  .transform((text) => Number.parseInt(text, 10) * UNIT_MS[text.at(-1) as keyof typeof UNIT_MS])
  .refine((ms) => ms <= MAX_AGE_DAYS * UNIT_MS.d, `is longer than ${MAX_AGE_DAYS} days`);
