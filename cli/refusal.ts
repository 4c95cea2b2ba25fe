import { EpochlogError, isErrorCode } from '../kernel/errors.ts';

/** A fact that refuses a request, as the error to report. */
export const refusal = ({ code, reason }: { code: string; reason: string }): EpochlogError =>
  new EpochlogError(isErrorCode(code) ? code : 'CONFLICT', `refused: ${reason}`);
