import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ChdbResult, Session } from 'chdb';
import { Slots } from './slots.ts';
import { OWN_QUEUE, OWN_SLOTS, USER_QUEUE, USER_SLOTS } from './threads.ts';

/** ClickHouse checks the time limit between blocks of rows only. A query that overruns it by so long does not stop soon. */
const OVERRUN_MS = 2_000;

/** A statement with all the state that it depends on: nothing carries over to the next one. */
export interface Statement {
  sql: string;
  database: string | undefined;
  settings: Readonly<Record<string, string>>;
  /** bound values in ClickHouse's Escaped form, as its HTTP interface takes them */
  params: Readonly<Record<string, string>>;
  /** of the result, where the SQL names none */
  format: string;
}

/** Runs a statement in a session of its own. */
export type Run = (statement: Statement) => Promise<ChdbResult>;

/** An error of ClickHouse: its number and its text, `Code: N. DB::Exception: … (NAME)`. */
export class EngineError extends Error {
  readonly number: number;

  constructor(number: number, name: string, message: string) {
    super(message.startsWith('Code: ') ? message : `Code: ${number}. DB::Exception: ${message} (${name})`);
    this.number = number;
  }
}

/** A user query that does not stop at its time limit: only ending the process ends it. */
export class OverrunError extends EngineError {
  constructor(limitMs: number) {
    const [limit, overrun] = [limitMs / 1000, OVERRUN_MS / 1000];
    super(
      159,
      'TIMEOUT_EXCEEDED',
      `Timeout exceeded: the query ran on for ${overrun} s after its limit of ${limit} s and was killed, and with it ` +
        'the engine, which starts again: look for an expensive function over long texts or arrays',
    );
  }
}

/** A value as a SQL string literal. */
export const quoted = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** A value in the Escaped form of a bound parameter. */
export const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');

const quotedName = (name: string): string => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

function assignment([name, value]: [name: string, value: string]): string {
  if (!/^\w+$/.test(name)) throw new EngineError(115, 'UNKNOWN_SETTING', `Unknown setting ${name}`);
  return `${name} = ${quoted(value)}`;
}

/** The beginning of SQL. Other text is a syntax error to a server, but an empty result to the engine. */
const BEGINNING = /^\s*(?:[a-z(]|--|\/\*)/i;

/** The statements that prepare a new session; `readonly` comes last, as it locks the other settings. */
function preparation({ database, settings, params }: Statement): string {
  const { readonly, ...others } = settings;
  const bound = Object.entries(params).map(([name, value]): [string, string] => [`param_${name}`, value]);
  const assignments = [...Object.entries(others), ...bound].map(assignment);
  const steps = [];
  if (database !== undefined) steps.push(`USE ${quotedName(database)}`);
  if (assignments.length > 0) steps.push(`SET ${assignments.join(', ')}`);
  if (readonly !== undefined) steps.push(`SET ${assignment(['readonly', readonly])}`);
  return steps.join('; ');
}

function numbered(error: unknown): unknown {
  if (!(error instanceof Error && 'clickhouseCode' in error)) return error;
  return typeof error.clickhouseCode === 'number'
    ? new EngineError(error.clickhouseCode, '', error.message)
    : error;
}

const full = (): EngineError =>
  new EngineError(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', 'Too many queries wait already: try again later');

const PROBE: Statement = { sql: 'SELECT 1', database: undefined, settings: {}, params: {}, format: 'Null' };

async function untilOverrun<T>(query: Promise<T>, limitMs: number): Promise<T> {
  if (limitMs === Infinity) return query;
  const overrun = new AbortController();
  const late = delay(limitMs + OVERRUN_MS, undefined, { signal: overrun.signal, ref: false });
  try {
    return await Promise.race([query, late.then(() => Promise.reject(new OverrunError(limitMs)))]);
  } finally {
    overrun.abort();
  }
}

/** ClickHouse's engine in this process, with exclusive use of its directory. */
export class Engine {
  readonly #directory: string;
  /** keeps the engine running: it ends with its last session */
  readonly #keeper: Session;
  readonly #own = new Slots(OWN_SLOTS, OWN_QUEUE);
  readonly #users = new Slots(USER_SLOTS, USER_QUEUE);

  constructor(directory: string) {
    const config = fileURLToPath(new URL('config.xml', import.meta.url));
    this.#directory = directory;
    this.#keeper = new Session(directory, {
      connectionArgs: [`--config-file=${config}`, `--users_config=${config}`],
    });
  }

  /** Runs a statement in a session of its own. Rejects with an EngineError; anything else is a defect. */
  run(statement: Statement): Promise<ChdbResult> {
    return this.#own.use(() => this.#runNow(statement), full);
  }

  /**
   * Runs a task with statements of a user query in a user slot. It waits for the slot at most as long as it may run.
   * OverrunError when it overruns its limit without stopping: the process must be ended then.
   */
  runForUser<T>(task: (run: Run) => Promise<T>, limitMs: number): Promise<T> {
    const run: Run = (statement) => this.#runNow(statement);
    return this.#users.use(() => untilOverrun(task(run), limitMs), full, limitMs);
  }

  /** Runs a query outside of the slots; resolves when it succeeds. */
  async probe(): Promise<void> {
    await this.#runNow(PROBE);
  }

  /** Releases the directory. Nothing may be running. */
  close(): void {
    this.#keeper.close();
  }

  async #runNow(statement: Statement): Promise<ChdbResult> {
    if (!BEGINNING.test(statement.sql))
      throw new EngineError(62, 'SYNTAX_ERROR', 'Syntax error: no statement');
    const session = new Session(this.#directory);
    try {
      const steps = preparation(statement);
      if (steps) await session.queryAsync(steps);
      return await session.queryAsync(statement.sql, { format: statement.format });
    } catch (error) {
      throw numbered(error);
    } finally {
      session.close();
    }
  }
}
