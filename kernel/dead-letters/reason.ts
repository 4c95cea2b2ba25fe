/** the dead letter has to fit into its topic together with the record */
const MAX_CHARACTERS = 2_000;
/** searched for secrets, which may be longer than their replacement */
const MAX_SCANNED = 2 * MAX_CHARACTERS;

/** Secrets that messages of other programs may contain, and their replacement. */
const SECRETS: readonly [found: RegExp, told: string][] = [
  [/\b([a-z][a-z\d+.-]*:\/\/)[^\s/@]+@/gi, '$1***@'], // user and password of a URL
  [/\b(Bearer\s+)[\w.~+/=-]+/gi, '$1***'],
  [/\b(Authorization["']?\s*[:=]\s*["']?(?:Basic\s+)?)(?!Bearer\b)[^\s"',;]+/gi, '$1***'],
  [
    /((?:passw(?:or)?d|secret|token|api[-_]?key|access[-_]?key(?:[-_]?id)?|signature)["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi,
    '$1***',
  ],
];

/** The message of an error as it may stay in the log for ever: bounded, and without what looks like a secret. */
export function reasonOf({ message }: Error): string {
  const read =
    message.length <= MAX_SCANNED ? message : message.slice(0, MAX_SCANNED).replace(/\S{0,100}$/, '');
  const told = SECRETS.reduce((text, [found, instead]) => text.replace(found, instead), read);
  if (read === message && told.length <= MAX_CHARACTERS) return told;
  return `${told.slice(0, MAX_CHARACTERS).toWellFormed()}… (cut: it was ${message.length} characters)`;
}
