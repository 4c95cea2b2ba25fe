/**
 * `npm install` leaves a package of another platform out of package-lock.json when the registry it asks does not
 * hold it, and `npm ci` then refuses the lock. This adds the missing entries, which users of those platforms need
 * too; with --check, it only says whether any is missing. Run it after each `npm install`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockEntry {
  version?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const OPERATING_SYSTEMS = [
  'darwin',
  'linux',
  'win32',
  'android',
  'freebsd',
  'openharmony',
  'sunos',
  'aix',
  'netbsd',
  'openbsd',
];
const PROCESSORS = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el'];

const path = join(import.meta.dirname, '../../package-lock.json');
const lock: { packages: Record<string, LockEntry> } = JSON.parse(readFileSync(path, 'utf8'));

/** Node's way of finding a package: in the folder's own node_modules, then in those above. */
function isLocked(from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${folder}${folder && '/'}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

/** What the name of a platform package says of the platform. */
function platform(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[-/]/);
  const os = OPERATING_SYSTEMS.filter((word) => words.includes(word));
  const cpu = PROCESSORS.filter((word) => words.includes(word));
  const musl = words.some((word) => word.startsWith('musl'));
  return { ...(os.length && { os }), ...(cpu.length && { cpu }), ...(musl && { libc: ['musl'] }) };
}

const missing = Object.entries(lock.packages).flatMap(([from, entry]) =>
  Object.entries(entry.optionalDependencies ?? {}).flatMap(([name, range]) =>
    isLocked(from, name) ? [] : [[name, range.replace(/^[\^~]/, '')] as const],
  ),
);

if (process.argv.includes('--check')) {
  for (const [name] of missing) process.stderr.write(`package-lock.json lacks ${name}\n`);
  if (missing.length > 0) {
    process.stderr.write('run `npm run lock`\n');
    process.exitCode = 1;
  }
} else {
  for (const [name, version] of missing) {
    lock.packages[`node_modules/${name}`] = { version, optional: true, ...platform(name) };
  }
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
}
