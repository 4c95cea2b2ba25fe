/** MLflow's error codes that are answered here, with their HTTP statuses (`mlflow/exceptions.py`). */
const STATUSES = {
  INVALID_PARAMETER_VALUE: 400,
  BAD_REQUEST: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const;

export type MlflowCode = keyof typeof STATUSES;

/** The code that stands for an HTTP status, where an error of ours has no code of MLflow's. */
export function codeOfStatus(status: number): MlflowCode {
  if (status === 404) return 'RESOURCE_DOES_NOT_EXIST';
  if (status === 413 || status === 400) return 'INVALID_PARAMETER_VALUE';
  const found = Object.entries(STATUSES).find(([, one]) => one === status);
  if (found) return found[0] as MlflowCode;
  return status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR';
}

/** An error that an MLflow client understands. */
export class MlflowError extends Error {
  readonly code: MlflowCode;

  constructor(code: MlflowCode, message: string) {
    super(message);
    this.name = 'MlflowError';
    this.code = code;
  }

  get status(): number {
    return STATUSES[this.code];
  }
}

export const invalid = (message: string): MlflowError => new MlflowError('INVALID_PARAMETER_VALUE', message);
export const missing = (message: string): MlflowError => new MlflowError('RESOURCE_DOES_NOT_EXIST', message);
export const taken = (message: string): MlflowError => new MlflowError('RESOURCE_ALREADY_EXISTS', message);
