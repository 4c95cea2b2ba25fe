/** A dead letter has to fit into a topic beside the record that it is about. */
const MOST_CHARACTERS = 2_000;
/** What is looked through for secrets, which may be longer than what stands in their place. */
const MOST_READ = 2 * MOST_CHARACTERS;

/** What may stand in a message of another program and is nobody's business, and what stands there instead. */
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
  const read = message.length <= MOST_READ ? message : message.slice(0, MOST_READ).replace(/\S{0,100}$/, '');
  const told = SECRETS.reduce((text, [found, instead]) => text.replace(found, instead), read);
  if (read === message && told.length <= MOST_CHARACTERS) return told;
  return `${told.slice(0, MOST_CHARACTERS).toWellFormed()}… (cut: it was ${message.length} characters)`;
}
