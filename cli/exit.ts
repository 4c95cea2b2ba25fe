import { systemError } from '../infra/disk.ts';
import { EpochlogError, type ErrorCode, messageOf } from '../kernel/errors.ts';
import { InvalidInput } from '../ml/errors.ts';
import { wrapped } from './wrap.ts';

/** The exit codes of the command. */
export const EXIT = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'failed unexpectedly' },
  badInput: { code: 2, meaning: 'wrong arguments, input or configuration' },
  refused: { code: 3, meaning: 'refused (the reason is printed)' },
  busy: { code: 4, meaning: 'folder or port in use' },
  unverified: {
    code: 5,
    meaning: '`verify` or `migrate` found a difference, or data are damaged or missing',
  },
  unavailable: { code: 6, meaning: 'a server is unreachable' },
  unauthorized: { code: 7, meaning: 'the token (EPOCHLOG_TOKEN) is missing or wrong, or has not the role' },
  diskFull: { code: 8, meaning: 'the disk is full; no acknowledged event is lost' },
  unserved: { code: 9, meaning: 'decided, but not served' },
  interrupted: { code: 130, meaning: 'interrupted; run the same command again to resume' },
} as const;

/** The exit code of an error: a column of the one table of errors. */
export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof InvalidInput) return EXIT.badInput.code;
  const error = systemError(thrown);
  return error instanceof EpochlogError ? error.exit : EXIT.failed.code;
}

/** Whether a server is unreachable, for now. */
export const isUnavailable = (error: unknown): error is EpochlogError =>
  error instanceof EpochlogError && error.exit === EXIT.unavailable.code;

/** The code of a known error; undefined for a defect. */
function codeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof InvalidInput) return 'INPUT_INVALID';
  return error instanceof EpochlogError ? error.code : undefined;
}

/** One line for a known error; the stack only for a defect. */
export function reportError(thrown: unknown, json: boolean): void {
  const error = systemError(thrown);
  if (json) {
    const code = codeOf(error) ?? 'UNEXPECTED';
    process.stdout.write(`${JSON.stringify({ error: { code, message: messageOf(error) } })}\n`);
  } else if (codeOf(error)) {
    const width = process.stderr.isTTY ? process.stderr.columns : Number.POSITIVE_INFINITY; // a file keeps its lines
    const text = `epochlog: ${messageOf(error)} [${codeOf(error)}]`;
    process.stderr.write(`${wrapped(text, width).join('\n')}\n`);
  } else {
    process.stderr.write(`epochlog: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
}
