import { readSync } from 'node:fs';
import { FLAGS_AT, HEADER_BYTES, type Meta, parseTree, readNumber, type Tree } from './meta.ts';

/** The pages to check: all, or without the leaf pages of records and index (a few in a thousand of a long log). */
export type Scope = 'all' | 'index';

/** The names of the trees that grow with the log: the records, and their index. */
export const RECORDS = 'records';
export const INDEX = 'index';
const GROWING = new Set([RECORDS, INDEX]);

/** More faults are of no use: the file has to be restored. */
const MAX_FAULTS = 20;
const FIRST_PAGE = 2;
const LOWER_AT = 20;
const UPPER_AT = 22;
/** the number of overflow pages, on the first of them */
const RUN_AT = 20;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const NODE_BYTES = 8;
/** flags of a node: its value lies on overflow pages; its value is a tree */
const BIG = 0x01;
const SUBTREE = 0x02;
const POINTER_BYTES = 24;
const TREE_BYTES = 48;

/**
 * Checks the pages of an LMDB file: page numbers, order of keys, sizes, pages used twice or both used and free, counts of
 * the trees. LMDB has no checksums, follows a damaged page, and may crash. The caller must hold a read transaction, so that
 * pages are not reused meanwhile.
 *
 * @param since with scope `index`: a transaction whose pages were checked before. Pages that are unchanged since then
 * are skipped: a transaction that changes a page copies it and all pages above it.
 */
export function faultsOfPages(fd: number, meta: Meta, scope: Scope, since = 0): string[] {
  const pages = new Pages(fd, meta);
  const main = new TreeWalk(pages, 'main', meta.main);
  main.run();
  for (const [name, tree] of main.subtrees) {
    const isWhole = scope === 'all' || !GROWING.has(name);
    new TreeWalk(pages, name, tree, isWhole ? {} : { isWhole, since }).run();
  }
  const free = new TreeWalk(pages, 'free', meta.free);
  free.run();
  for (const [first, count] of free.freed) pages.assertFree(first, count);
  return pages.faults;
}

/** The pages of a file, and which of them are in use. */
class Pages {
  readonly faults: string[] = [];
  readonly bytes: number;
  readonly #fd: number;
  readonly #meta: Meta;
  /** 1 for each page of a tree */
  readonly #used: Uint8Array;

  constructor(fd: number, meta: Meta) {
    this.bytes = meta.pageBytes;
    this.#fd = fd;
    this.#meta = meta;
    this.#used = new Uint8Array(meta.lastPage + 1);
  }

  get areTooDamaged(): boolean {
    return this.faults.length >= MAX_FAULTS;
  }

  addFault(fault: string): void {
    if (!this.areTooDamaged) this.faults.push(fault);
  }

  /** Marks pages as used by a tree; false when they are outside the file or used already. */
  markUsed(first: number, count: number): boolean {
    const isInFile = first >= FIRST_PAGE && count > 0 && first + count - 1 <= this.#meta.lastPage;
    if (!isInFile || this.#used.subarray(first, first + count).includes(1)) {
      this.addFault(`page ${first} is ${isInFile ? 'used twice' : 'beyond the last page'}`);
      return false;
    }
    this.#used.fill(1, first, first + count);
    return true;
  }

  assertFree(first: number, count: number): void {
    const isInFile = first >= FIRST_PAGE && first + count - 1 <= this.#meta.lastPage;
    if (!isInFile) this.addFault(`page ${first} is free, and beyond the last page`);
    else if (this.#used.subarray(first, first + count).includes(1))
      this.addFault(`page ${first} is free and in use`);
  }

  /** Reads the beginning of a page; false when its header has another number, a later transaction or another kind. */
  read(buffer: Buffer, number: number, kinds: readonly number[]): boolean {
    readSync(this.#fd, buffer, 0, buffer.length, number * this.bytes);
    const isExpected =
      readNumber(buffer, 0) === number &&
      transactionOf(buffer) <= this.#meta.transaction &&
      kinds.includes(buffer.readUInt16LE(FLAGS_AT));
    if (!isExpected) this.addFault(`page ${number} is another page`);
    return isExpected;
  }

  /** The bytes of a value on overflow pages. */
  readValue(first: number, size: number): Buffer {
    const value = Buffer.alloc(size);
    readSync(this.#fd, value, 0, size, first * this.bytes + HEADER_BYTES);
    return value;
  }
}

/** The offsets of a node in its page. */
interface Node {
  at: number;
  key: number;
  value: number;
}

/** The range of the keys of a page: `low` inclusive, `high` exclusive. */
interface Bounds {
  low: Buffer | undefined;
  high: Buffer | undefined;
}

class TreeWalk {
  /** named databases: trees that are values of the main tree */
  readonly subtrees = new Map<string, Tree>();
  /** of the free tree: first page and number of pages */
  readonly freed: [number, number][] = [];
  readonly #pages: Pages;
  readonly #name: string;
  readonly #tree: Tree;
  readonly #isWhole: boolean;
  readonly #since: number;
  #skipped = false;
  readonly #counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
  /** the current page of each level */
  readonly #buffers = new Map<number, Buffer>();
  readonly #overflow = Buffer.alloc(HEADER_BYTES);

  /** `isWhole`: leaf pages are checked too; `since`: pages of later transactions alone are. */
  constructor(pages: Pages, name: string, tree: Tree, { isWhole = true, since = 0 } = {}) {
    this.#pages = pages;
    this.#name = name;
    this.#tree = tree;
    this.#isWhole = isWhole;
    this.#since = since;
  }

  run(): void {
    if (this.#tree.depth > 0) this.#descend(this.#tree.rootPage, 1, { low: undefined, high: undefined });
    if (this.#pages.areTooDamaged || this.#skipped) return;
    const { branchPages, leafPages, overflowPages, entries } = this.#counts;
    const [tree, name] = [this.#tree, `the tree '${this.#name}'`];
    if (branchPages !== tree.branchPages || leafPages !== tree.leafPages)
      this.#pages.addFault(`${name} has ${branchPages + leafPages} pages, not ${pagesOf(tree)}`);
    if (this.#isWhole && (entries !== tree.entries || overflowPages !== tree.overflowPages))
      this.#pages.addFault(`${name} has ${entries} entries, not ${tree.entries}`);
  }

  #descend(number: number, level: number, bounds: Bounds): void {
    if (this.#pages.areTooDamaged || !this.#pages.markUsed(number, 1)) return;
    const isLeaf = level === this.#tree.depth;
    this.#counts[isLeaf ? 'leafPages' : 'branchPages'] += 1;
    if (isLeaf && !this.#isWhole) return;
    const page = this.#buffers.get(level) ?? Buffer.alloc(this.#pages.bytes);
    this.#buffers.set(level, page);
    if (!this.#pages.read(page, number, isLeaf ? LEAF_KINDS : BRANCH_KINDS)) return;
    if (transactionOf(page) <= this.#since) {
      this.#skipped = true;
      return;
    }
    const nodes = nodesOf(page);
    if (!nodes || !this.#areInOrder(page, nodes, isLeaf, bounds)) this.#damaged(number);
    else if (isLeaf) this.#checkLeaf(page, nodes, number);
    else this.#descendAll(page, nodes, level, bounds);
  }

  #descendAll(page: Buffer, nodes: readonly Node[], level: number, bounds: Bounds): void {
    const keyOf = (node: Node | undefined) => node && page.subarray(node.key, node.value);
    nodes.forEach((node, i) => {
      const low = i === 0 ? bounds.low : keyOf(node);
      this.#descend(pageBelow(page, node), level + 1, { low, high: keyOf(nodes[i + 1]) ?? bounds.high });
    });
  }

  #areInOrder(page: Buffer, nodes: readonly Node[], isLeaf: boolean, { low, high }: Bounds): boolean {
    const keys = isLeaf ? nodes : nodes.slice(1); // the first key of a branch page is left empty
    const compare = (a: Node, other: Buffer, b: Node) => this.#compare(page, a, other, b);
    const [first, last] = [keys[0], keys.at(-1)];
    if (low && first && compare(first, low, { at: 0, key: 0, value: low.length }) < 0) return false;
    if (high && last && compare(last, high, { at: 0, key: 0, value: high.length }) >= 0) return false;
    return keys.every((node, i) => i === 0 || compare(keys[i - 1]!, page, node) < 0);
  }

  #compare(page: Buffer, a: Node, other: Buffer, b: Node): number {
    if (this.#name === 'free') return readNumber(page, a.key) - readNumber(other, b.key);
    return page.compare(other, b.key, b.value, a.key, a.value);
  }

  #checkLeaf(page: Buffer, nodes: readonly Node[], number: number): void {
    this.#counts.entries += nodes.length;
    for (const node of nodes) {
      const [size, flags] = [page.readUInt32LE(node.at), page.readUInt16LE(node.at + 4)];
      const inPage = flags === BIG ? POINTER_BYTES : size;
      if (node.value + inPage > page.length || flags > SUBTREE) {
        this.#damaged(number);
        return;
      }
      if (flags === SUBTREE) this.#addSubtree(page, node, size);
      const value = flags === BIG ? this.#bigValue(page, node, size) : undefined;
      if (this.#name === 'free')
        this.#addFreed(value ?? page.subarray(node.value, node.value + size), number);
    }
  }

  #addSubtree(page: Buffer, node: Node, size: number): void {
    const name = page.toString('latin1', node.key, node.value - 1); // ends with a zero
    const tree = parseTree(page, node.value);
    if (size === TREE_BYTES && tree.flags === 0 && this.#name === 'main') this.subtrees.set(name, tree);
    else this.#pages.addFault(`the tree '${this.#name}' has a damaged entry`);
  }

  /** Checks the overflow pages of a node; returns the value in the free tree only. */
  #bigValue(page: Buffer, node: Node, size: number): Buffer | undefined {
    const first = readNumber(page, node.value);
    const count = Math.ceil((HEADER_BYTES + size) / this.#pages.bytes);
    this.#counts.overflowPages += count;
    if (!this.#pages.markUsed(first, count)) return;
    if (!this.#pages.read(this.#overflow, first, OVERFLOW_KINDS)) return;
    if (this.#overflow.readUInt32LE(RUN_AT) !== count || readNumber(page, node.value + 16) !== count)
      this.#damaged(first);
    return this.#name === 'free' ? this.#pages.readValue(first, size) : undefined;
  }

  #damaged(number: number): void {
    this.#pages.addFault(`page ${number} of the tree '${this.#name}' is damaged`);
  }

  /** Adds a list of free pages: its length, then page numbers; a negative number is the length of the run that follows. */
  #addFreed(list: Buffer, number: number): void {
    const length = list.length >= 8 ? readNumber(list, 0) : Number.POSITIVE_INFINITY;
    if (8 * (length + 1) > list.length) {
      this.#damaged(number);
      return;
    }
    for (let i = 1; i <= length; i++) {
      const entry = Number(list.readBigInt64LE(8 * i));
      if (entry > 0) this.freed.push([entry, 1]);
      if (entry < 0 && i < length) this.freed.push([Number(list.readBigInt64LE(8 * ++i)), -entry]);
    }
  }
}

const transactionOf = (page: Buffer): number => readNumber(page, 8);

const LEAF_KINDS = [LEAF];
const BRANCH_KINDS = [BRANCH];
const OVERFLOW_KINDS = [OVERFLOW];

/** The nodes of a page, in the order of their keys; undefined when one is outside of it. */
function nodesOf(page: Buffer): Node[] | undefined {
  const [lower, upper] = [page.readUInt16LE(LOWER_AT), page.readUInt16LE(UPPER_AT)];
  if (lower === 0 || lower % 2 === 1 || lower > upper || HEADER_BYTES + upper > page.length) return;
  const nodes: Node[] = [];
  for (let i = 0; i < lower; i += 2) {
    const at = HEADER_BYTES + page.readUInt16LE(HEADER_BYTES + i);
    if (at < HEADER_BYTES + upper || at + NODE_BYTES > page.length) return;
    const value = at + NODE_BYTES + page.readUInt16LE(at + 6);
    if (value > page.length) return;
    nodes.push({ at, key: at + NODE_BYTES, value });
  }
  return nodes;
}

const pageBelow = (page: Buffer, { at }: Node): number =>
  page.readUInt32LE(at) + page.readUInt16LE(at + 4) * 2 ** 32;

const pagesOf = ({ branchPages, leafPages }: Tree): number => branchPages + leafPages;
