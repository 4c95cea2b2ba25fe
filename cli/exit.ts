import { EpochlogError, type ErrorCode, messageOf } from '../kernel/errors.ts';
import { InvalidInput } from '../ml/errors.ts';

/** What the command's exit code says. */
export const EXIT = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'failed unexpectedly' },
  badInput: { code: 2, meaning: 'wrong arguments, input or configuration' },
  refused: { code: 3, meaning: 'asked, but refused (the reason is printed)' },
  busy: { code: 4, meaning: 'folder or port in use' },
  unverified: { code: 5, meaning: '`verify` or `migrate` found a difference, or the log is damaged' },
  unavailable: { code: 6, meaning: 'a server that is needed does not answer' },
  interrupted: { code: 130, meaning: 'interrupted; the same command goes on where it stopped' },
} as const;

const BAD_INPUT: readonly ErrorCode[] = [
  'INPUT_INVALID',
  'INPUT_EMPTY',
  'INPUT_UNREADABLE',
  'CONFIG_INVALID',
  'NOT_FOUND',
  'ENGINE_UNKNOWN',
  'WAREHOUSE_QUERY',
  'WAREHOUSE_MIGRATION',
  'LOG_TOPIC_UNKNOWN',
  'SCHEMA_UNKNOWN',
];
const REFUSED: readonly ErrorCode[] = [
  'CONFLICT',
  'DATASET_TOO_SMALL',
  'MODEL_NOT_READY',
  'SCHEMA_INCOMPATIBLE',
];
const UNAVAILABLE: readonly ErrorCode[] = [
  'LOG_UNAVAILABLE',
  'REGISTRY_UNAVAILABLE',
  'WAREHOUSE_UNAVAILABLE',
  'ARTIFACTS_UNAVAILABLE',
];
const BUSY: readonly ErrorCode[] = ['HOME_LOCKED', 'PORT_IN_USE', 'WAREHOUSE_LOCKED'];

export function exitCodeOf(error: unknown): number {
  if (error instanceof InvalidInput) return EXIT.badInput.code;
  if (isUnavailable(error)) return EXIT.unavailable.code;
  if (!(error instanceof EpochlogError)) return EXIT.failed.code;
  if (error.code === 'INTERRUPTED') return EXIT.interrupted.code;
  if (BAD_INPUT.includes(error.code)) return EXIT.badInput.code;
  if (REFUSED.includes(error.code)) return EXIT.refused.code;
  if (error.code === 'LOG_CORRUPT') return EXIT.unverified.code;
  if (BUSY.includes(error.code)) return EXIT.busy.code;
  return EXIT.failed.code;
}

/** Whether a server does not answer, which it may do later. */
export const isUnavailable = (error: unknown): error is EpochlogError =>
  error instanceof EpochlogError && UNAVAILABLE.includes(error.code);

const foreseen = (error: unknown) =>
  error instanceof EpochlogError || error instanceof InvalidInput ? error : undefined;

/** One line for what a person can mend; the stack only for a defect. */
export function reportError(error: unknown, json: boolean): void {
  if (json) {
    const code = foreseen(error)?.code ?? 'UNEXPECTED';
    process.stdout.write(`${JSON.stringify({ error: { code, message: messageOf(error) } })}\n`);
  } else if (foreseen(error)) {
    process.stderr.write(`epochlog: ${messageOf(error)} [${foreseen(error)?.code}]\n`);
  } else {
    process.stderr.write(`epochlog: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
}
