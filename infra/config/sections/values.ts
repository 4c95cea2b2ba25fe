import { z } from 'zod';

export const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** A base URL; credentials have variables of their own, which no message shows. */
export const httpUrl = (credentials: string) =>
  z
    .url({ protocol: /^https?$/, error: 'must be a URL with http or https', abort: true })
    .refine((url) => new URL(url).username === '', `must not hold credentials: ${credentials} does`);
