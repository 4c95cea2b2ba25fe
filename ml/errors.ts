/** Data that a function of this room refuses. `code` is stable for programs, the message is for people. */
export class InvalidInput extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvalidInput';
    this.code = code;
  }
}

export type PackageFault = 'missing' | 'unexpected' | 'malformed' | 'altered' | 'mismatched';

/** A model package, or a file of one, that must not be served: `file` is the culprit, `code` is what ails it. */
export class InvalidPackage extends Error {
  readonly code: PackageFault;
  readonly file: string;

  constructor(code: PackageFault, file: string, reason: string, options?: ErrorOptions) {
    super(`${file}: ${reason}`, options);
    this.name = 'InvalidPackage';
    this.code = code;
    this.file = file;
  }
}
