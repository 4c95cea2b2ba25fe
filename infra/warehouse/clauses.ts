/** Quoted text and comments. */
const QUOTED = /'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*"|--[^\n]*|\/\*.*?\*\//gs;

/**
 * The clauses of a statement: quoted text, comments and parentheses are blanked, so that indices stay the same.
 */
export function clausesOf(statement: string): string {
  let depth = 0;
  return statement
    .replace(QUOTED, (text) => ' '.repeat(text.length))
    .replace(/./gs, (character) => {
      if (character === '(') depth += 1;
      if (character === ')') depth -= 1;
      return depth > 0 || character === ')' ? ' ' : character;
    });
}

/** The first line of a statement, for messages. */
export const firstLine = (statement: string): string => statement.trim().split('\n', 1)[0] ?? '';
