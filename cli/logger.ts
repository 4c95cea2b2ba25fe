import { pino } from 'pino';
import type { Logger } from '../kernel/logger.ts';

/** Logs on stderr, for people when it is a terminal. */
export const createLogger = (level: string): Logger =>
  process.stderr.isTTY
    ? pino({ level, transport: { target: 'pino-pretty', options: { destination: 2 } } })
    : pino({ level }, pino.destination(2));
