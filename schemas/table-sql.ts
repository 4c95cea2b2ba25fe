/** The tables and views that a file of SQL creates, as a reader sees them. */

export interface SqlColumn {
  readonly name: string;
  /** undefined for a view, where ClickHouse finds it */
  readonly type: string | undefined;
  /** the comment behind or above it; empty without one */
  readonly comment: string;
}

export interface SqlTable {
  readonly name: string;
  readonly kind: 'table' | 'view';
  /** the comment above its statement */
  readonly comment: string;
  readonly columns: readonly SqlColumn[];
}

/** Where the columns of a table come from: a materialized view that selects them from the events of a stream. */
export interface SqlSource {
  readonly table: string;
  readonly stream: string;
  readonly events: readonly string[];
  /** the field that each column is selected from, by column; `features.psi` for a field of a record in a list */
  readonly fields: ReadonlyMap<string, string>;
}

interface Statement {
  readonly comment: string;
  readonly text: string;
}

const isComment = (line: string) => line.startsWith('--');
const withoutDashes = (line: string) => line.replace(/^\s*--\s*/, '');

/** Statements end with `;` at the end of a line that is no comment; comment lines above one belong to it. */
function statementsOf(sql: string): Statement[] {
  const statements: Statement[] = [];
  let [comment, text]: [string[], string[]] = [[], []];
  for (const line of sql.split('\n')) {
    if (text.length === 0 && isComment(line)) comment.push(withoutDashes(line));
    else if (text.length === 0 && line.trim() === '') comment = text.length === 0 ? comment : [];
    else text.push(line);
    if (!line.trimEnd().endsWith(';') || isComment(line)) continue;
    statements.push({ comment: comment.join(' '), text: text.join('\n') });
    [comment, text] = [[], []];
  }
  return statements;
}

/** The items between commas outside of brackets and quotes, each with its comment. */
function itemsOf(list: string): { text: string; comment: string }[] {
  const items: { text: string; comment: string }[] = [{ text: '', comment: '' }];
  let depth = 0;
  const pieces = /--[^\n]*|'(?:[^'\\]|\\.)*'|[\s\S]/g;
  for (const [piece] of list.matchAll(pieces)) {
    const last = items.at(-1)!;
    if (piece.startsWith('--') && piece.length > 1) {
      const isBehindComma = last.text === '' || /^[ ]*$/.test(last.text);
      const of = isBehindComma ? (items.at(-2) ?? last) : last;
      of.comment = `${of.comment} ${withoutDashes(piece)}`.trim();
      continue;
    }
    if (piece === '(') depth += 1;
    if (piece === ')') depth -= 1;
    if (piece === ',' && depth === 0) items.push({ text: '', comment: '' });
    else last.text += piece;
  }
  return items.map(({ text, comment }) => ({ text: text.trim().replaceAll(/\s+/g, ' '), comment }));
}

/** The text before a keyword that stands outside of brackets, at the beginning of a line. */
function upTo(text: string, keyword: string): string {
  let depth = 0;
  for (const line of text.split('\n')) {
    if (depth === 0 && line.startsWith(keyword)) return text.slice(0, text.indexOf(`\n${line}`));
    depth += line.split('(').length - line.split(')').length;
  }
  return text;
}

const bare = (name: string) => name.replaceAll('`', '');
const CREATE_TABLE = /^CREATE TABLE (\w+)\s*\(([\s\S]*?)\n\)/;
const CREATE_VIEW = /^CREATE (?:OR REPLACE )?VIEW (\w+) AS\n([\s\S]*)/;
const CREATE_SOURCE =
  /^CREATE MATERIALIZED VIEW \w+ TO (\w+) AS\n(?:WITH arrayJoin\((\w+)\) AS (\w+)\n)?([\s\S]*)/;

/** A selected item: its name, and the expression that it is of. */
function selected(text: string): { name: string; expression: string } {
  const [, expression = text, name = text] = /^(.*) AS (\w+)$/.exec(text) ?? [];
  return { name: bare(name), expression: bare(expression) };
}

/** The list of the outermost SELECT. */
function selectList(query: string): string {
  const start = query.search(/^SELECT\b/m);
  return upTo(query.slice(start + 'SELECT'.length), 'FROM');
}

const DROP = /^DROP TABLE IF EXISTS (\w+)/;
const SKIPPED = /^(INDEX|CONSTRAINT) /;

export function tablesIn(sql: string): SqlTable[] {
  const statements = statementsOf(sql);
  return statements.flatMap(({ comment, text }, index): SqlTable[] => {
    const isDropped = (name: string) =>
      statements.slice(index).some((later) => DROP.exec(later.text)?.[1] === name);
    const [, table, body] = CREATE_TABLE.exec(text) ?? [];
    if (table !== undefined && isDropped(table)) return [];
    if (table !== undefined && body !== undefined) {
      const columns = itemsOf(body)
        .filter((item) => !SKIPPED.test(item.text))
        .map((item) => {
          const [, name = '', type = ''] =
            /^(\S+) (.*?)(?: CODEC\(.*?\)| DEFAULT .*)?$/.exec(item.text) ?? [];
          return { name: bare(name), type: bare(type), comment: item.comment };
        });
      return [{ name: table, kind: 'table', comment, columns }];
    }
    const [, view, query] = CREATE_VIEW.exec(text) ?? [];
    if (view === undefined || query === undefined) return [];
    const columns = itemsOf(selectList(query)).map((item) => ({
      name: selected(item.text).name,
      type: undefined,
      comment: item.comment,
    }));
    return [{ name: view, kind: 'view', comment, columns }];
  });
}

export function sourcesIn(sql: string): SqlSource[] {
  return statementsOf(sql).flatMap(({ text }): SqlSource[] => {
    const [, table, list, alias, query] = CREATE_SOURCE.exec(text) ?? [];
    if (table === undefined || query === undefined) return [];
    const [condition = ''] = /WHERE _type (?:= '\w+'|IN \([^)]*\))/.exec(query) ?? [];
    const fieldOf = (expression: string) =>
      alias !== undefined && expression.startsWith(`${alias}.`)
        ? `${list}.${expression.slice(alias.length + 1)}`
        : expression;
    const fields = itemsOf(selectList(query)).map((item) => {
      const { name, expression } = selected(item.text);
      return [name, fieldOf(expression)] as const;
    });
    return [
      {
        table,
        stream: /FROM stream_(\w+)/.exec(query)?.[1] ?? '',
        events: Array.from(condition.matchAll(/'(\w+)'/g), ([, event]) => event!),
        fields: new Map(fields),
      },
    ];
  });
}
