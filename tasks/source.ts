import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fields } from './rows.ts';

/** What is asked of a remote source: its own options by name, and the days. */
export interface Query {
  readonly options: Readonly<Record<string, string>>;
  /** first day, YYYY-MM-DD; null: from the beginning */
  readonly from: string | null;
  /** day before which it ends, YYYY-MM-DD; null: to the end */
  readonly to: string | null;
}

/** What a source answered to one request, or where it said that it cannot. */
export type Page =
  | {
      /** its records: their fields, as `read` of the task takes them */
      readonly rows: readonly Fields[];
      /** where the next page begins, in the source's own words; null after the last one */
      readonly next: string | null;
      /** records that there are, as far as the source says */
      readonly total: number | null;
      readonly fault?: undefined;
    }
  | { readonly fault: SourceFault };

/** Why an answer holds no page. */
export interface SourceFault {
  readonly reason: string;
  /** whether the same request may be answered later */
  readonly isRetriable: boolean;
}

/**
 * Where records of a task can be asked for, page by page: a file of the task's folder `sources`, found by its name, which
 * exports `source`. All of it is pure: the collector asks, waits and retries.
 */
export interface RemoteSource {
  /** as in commands and events */
  readonly name: string;
  readonly task: string;
  readonly description: string;
  /** without a slash at its end */
  readonly address: string;
  /** milliseconds between two requests, as its owner asks */
  readonly pauseMs: number;
  /** what can be asked for, by name: the command line has them in `sourceOptions` of the folder's `options.ts` */
  readonly options: readonly string[];
  /** The query, complete and checked. Throws INPUT_INVALID, which says what to write. */
  check(query: Query): Query;
  /** Path and query string of the request for a page, of the first one with null. */
  request(query: Query, cursor: string | null): string;
  /** The page in an answer, whatever its status was. */
  read(query: Query, cursor: string | null, answer: string): Page;
}

/** All remote sources, by name. */
export async function loadSources(): Promise<ReadonlyMap<string, RemoteSource>> {
  const folders = (await readdir(import.meta.dirname)).map((task) =>
    join(import.meta.dirname, task, 'sources'),
  );
  const files = await Promise.all(
    folders
      .filter((folder) => existsSync(folder))
      .map(async (folder) =>
        (await readdir(folder))
          .filter((file) => /^[a-z-]+\.ts$/.test(file))
          .map((file) => join(folder, file)),
      ),
  );
  const sources: RemoteSource[] = await Promise.all(
    files
      .flat()
      .sort()
      .map(async (file) => (await import(file)).source),
  );
  return new Map(sources.map((source) => [source.name, source]));
}
