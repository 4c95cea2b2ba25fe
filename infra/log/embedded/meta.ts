import { readSync } from 'node:fs';
import type { EpochlogError } from '../../../kernel/errors.ts';
import { corrupt } from './failure.ts';

/** One B-tree of the file (`MDB_db` of LMDB's `mdb.c`). */
export interface Tree {
  flags: number;
  /** levels of pages, 0 when the tree is empty */
  depth: number;
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
  rootPage: number;
}

/** A meta page: the root of a snapshot of the environment (`MDB_meta`). */
export interface Meta {
  pageBytes: number;
  lastPage: number;
  /** of the transaction that wrote it */
  transaction: number;
  mapBytes: number;
  /** free pages, by the transaction that freed them */
  free: Tree;
  /** the named databases */
  main: Tree;
}

/** The header of each page (`MDB_page_header`): number, transaction, flags, and two 16-bit lengths. */
export const HEADER_BYTES = 24;
export const FLAGS_AT = 18;
const META_BYTES = 256;
const META_FLAG = 0x08;
const INTEGER_KEYS = 0x08;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const MIN_PAGE_BYTES = 256;
const MAX_PAGE_BYTES = 65_536;
/** more than the address space of any machine */
const MAX_MAP_BYTES = 2 ** 46;

/**
 * The newer meta page of an LMDB file; undefined while the file is being created. LMDB itself does not validate them, and
 * takes the older one when the newer one is zeros. LOG_CORRUPT when either is damaged.
 */
export function readMeta(fd: number, file: string): Meta | undefined {
  return stableMeta(() => readPages(fd, file), file);
}

/**
 * The same for the pages that `read` returns. Another process may commit between the reads of the two pages, so that they
 * do not fit together: they are damaged only if a second read returns the same.
 */
export function stableMeta(read: () => MetaPages | undefined, file: string): Meta | undefined {
  for (let pages = read(); pages; ) {
    try {
      return newest(pages, file);
    } catch (error) {
      const again = read();
      if (again?.every((page, i) => page.equals(pages![i]!))) throw error;
      pages = again;
    }
  }
  return undefined;
}

/** The first bytes of the two meta pages. */
export type MetaPages = readonly [Buffer, Buffer];

function readPages(fd: number, file: string): MetaPages | undefined {
  const first = Buffer.alloc(META_BYTES);
  if (readSync(fd, first, 0, META_BYTES, 0) === 0) return undefined;
  if (first.readUInt32LE(HEADER_BYTES) !== MAGIC) throw corrupt(file, 'is not an event log');
  const second = Buffer.alloc(META_BYTES);
  readSync(fd, second, 0, META_BYTES, parseMeta(first, 0, file).pageBytes);
  return [first, second];
}

function newest(pages: MetaPages, file: string): Meta {
  const metas = [parseMeta(pages[0], 0, file), parseMeta(pages[1], 1, file)] as const;
  const [older, newer] = metas[0].transaction > metas[1].transaction ? [metas[1], metas[0]] : metas;
  if (older.pageBytes === newer.pageBytes && newer.transaction - older.transaction <= 1) return newer;
  throw damaged(file, newer === metas[0] ? 0 : 1);
}

function parseMeta(page: Buffer, number: number, file: string): Meta {
  const at = HEADER_BYTES;
  const meta: Meta = {
    pageBytes: page.readUInt32LE(at + 24),
    mapBytes: readNumber(page, at + 16),
    free: parseTree(page, at + 24),
    main: parseTree(page, at + 72),
    lastPage: readNumber(page, at + 120),
    transaction: readNumber(page, at + 128),
  };
  const isSound =
    readNumber(page, 0) === number &&
    page.readUInt16LE(FLAGS_AT) === META_FLAG &&
    page.readUInt32LE(at) === MAGIC &&
    page.readUInt32LE(at + 4) === DATA_VERSION &&
    isPageSize(meta.pageBytes) &&
    meta.free.flags === INTEGER_KEYS &&
    meta.main.flags === 0 &&
    meta.mapBytes <= MAX_MAP_BYTES;
  if (!isSound) throw damaged(file, number);
  return meta;
}

export function parseTree(bytes: Buffer, at: number): Tree {
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    branchPages: readNumber(bytes, at + 8),
    leafPages: readNumber(bytes, at + 16),
    overflowPages: readNumber(bytes, at + 24),
    entries: readNumber(bytes, at + 32),
    rootPage: readNumber(bytes, at + 40),
  };
}

/** A 64-bit integer. Values beyond 2^53 occur in damaged pages only, and need not be exact. */
export const readNumber = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

const isPageSize = (bytes: number): boolean =>
  bytes >= MIN_PAGE_BYTES && bytes <= MAX_PAGE_BYTES && (bytes & (bytes - 1)) === 0;

const damaged = (file: string, number: number): EpochlogError =>
  corrupt(file, `has a damaged meta page (${number})`);
