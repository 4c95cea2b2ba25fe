/**
 * The table of errors. `status` is the HTTP status, `exit` the exit code of the command (cli/exit.ts lists them). A
 * service retries a reaction whose error is `retriable`; any other error of the table makes the event a dead letter. An
 * error that is not in the table is a defect: it crashes the service, which restarts.
 */
export const ERRORS = {
  // input of a user or client
  INPUT_INVALID: { status: 400, exit: 2, retriable: false },
  INPUT_EMPTY: { status: 400, exit: 2, retriable: false },
  INPUT_UNREADABLE: { status: 400, exit: 2, retriable: false },
  SOURCE_UNAVAILABLE: { status: 503, exit: 6, retriable: false },
  CONFIG_INVALID: { status: 500, exit: 2, retriable: false },
  NOT_FOUND: { status: 404, exit: 2, retriable: false },
  CONFLICT: { status: 409, exit: 3, retriable: false },
  UNAUTHORIZED: { status: 401, exit: 7, retriable: false },
  FORBIDDEN: { status: 403, exit: 7, retriable: false },
  ISSUER_UNAVAILABLE: { status: 503, exit: 6, retriable: true },
  HOST_NOT_ALLOWED: { status: 421, exit: 2, retriable: false },
  METHOD_NOT_ALLOWED: { status: 405, exit: 2, retriable: false },
  CANCELLED: { status: 409, exit: 3, retriable: false },
  TOO_MANY_REQUESTS: { status: 429, exit: 3, retriable: true },
  // events and schemas
  EVENT_INVALID: { status: 400, exit: 2, retriable: false },
  EVENT_UNDECODABLE: { status: 500, exit: 5, retriable: false },
  EVENT_NOT_OWNED: { status: 500, exit: 1, retriable: false },
  SCHEMA_UNKNOWN: { status: 500, exit: 2, retriable: false },
  SCHEMA_INCOMPATIBLE: { status: 409, exit: 3, retriable: false },
  REGISTRY_UNAVAILABLE: { status: 503, exit: 6, retriable: true },
  // the log
  LOG_TOPIC_UNKNOWN: { status: 500, exit: 2, retriable: false },
  LOG_CORRUPT: { status: 500, exit: 5, retriable: false },
  LOG_UNAVAILABLE: { status: 503, exit: 6, retriable: true },
  SPOOL_FULL: { status: 503, exit: 6, retriable: true },
  CONSUMER_FENCED: { status: 503, exit: 1, retriable: true },
  // the other ports
  WAREHOUSE_UNAVAILABLE: { status: 503, exit: 6, retriable: true },
  WAREHOUSE_QUERY: { status: 400, exit: 2, retriable: false },
  WAREHOUSE_LOCKED: { status: 503, exit: 4, retriable: false },
  WAREHOUSE_MIGRATION: { status: 500, exit: 2, retriable: false },
  ARTIFACT_MISSING: { status: 404, exit: 5, retriable: false },
  ARTIFACT_CORRUPT: { status: 500, exit: 5, retriable: false },
  ARTIFACTS_UNAVAILABLE: { status: 503, exit: 6, retriable: true },
  DISK_FULL: { status: 507, exit: 8, retriable: true },
  HOME_LOCKED: { status: 409, exit: 4, retriable: false },
  PORT_IN_USE: { status: 500, exit: 4, retriable: false },
  // machine learning
  PACKAGE_INVALID: { status: 500, exit: 1, retriable: false },
  DATASET_TOO_SMALL: { status: 409, exit: 3, retriable: false },
  EXPECTATIONS_BROKEN: { status: 409, exit: 3, retriable: false },
  TASK_UNKNOWN: { status: 404, exit: 2, retriable: false },
  ENGINE_UNKNOWN: { status: 400, exit: 2, retriable: false },
  TRAINING_FAILED: { status: 500, exit: 1, retriable: false },
  MODEL_NOT_READY: { status: 503, exit: 3, retriable: false },
  MODEL_LOADING: { status: 503, exit: 3, retriable: true },
  NOT_SERVED: { status: 503, exit: 9, retriable: false },
  INFERENCE_FAILED: { status: 500, exit: 1, retriable: false },
  INFERENCE_UNAVAILABLE: { status: 503, exit: 1, retriable: true },
  INFERENCE_TIMEOUT: { status: 504, exit: 1, retriable: true },
  OVERLOADED: { status: 503, exit: 1, retriable: true },
  // a person
  INTERRUPTED: { status: 503, exit: 130, retriable: false },
} as const satisfies Record<string, { status: number; exit: number; retriable: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

/** Whether a value from outside is a code of the table. */
export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERRORS, code);

/** An error that a person can act on: a code of the table, what happened, and what to do next. */
export class EpochlogError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EpochlogError';
    this.code = code;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get exit(): number {
    return ERRORS[this.code].exit;
  }

  get retriable(): boolean {
    return ERRORS[this.code].retriable;
  }
}

/** Whether an error of the table does not go away with a retry. */
export const isFinal = (error: unknown): error is EpochlogError =>
  error instanceof EpochlogError && !error.retriable;

/**
 * The code and reason of a final error, for the event that reports it. `codeOf` translates errors that are not in the
 * table. Throws retriable errors and defects again.
 */
export function failureOf(
  error: unknown,
  codeOf?: (error: unknown) => ErrorCode | undefined,
): { code: ErrorCode; reason: string } {
  const code = isFinal(error) ? error.code : codeOf?.(error);
  if (code === undefined) throw error;
  return { code, reason: messageOf(error) };
}

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The `code` that Node puts on a system error (ENOENT, ENOSPC, EADDRINUSE …), else undefined. */
export const systemCodeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
