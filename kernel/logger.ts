/** The part of pino's logger that the project uses. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const NO_LOGGER: Logger = { debug() {}, info() {}, warn() {}, error() {} };
