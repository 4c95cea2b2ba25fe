import { modulesIn } from './folder.ts';
import type { MonitorKind } from './monitors/monitor.ts';

const files = await modulesIn<{ kind: MonitorKind }>('monitors', 'monitor');

const camelCase = (file: string): string =>
  file.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

interface FoundKind extends MonitorKind {
  /** such as errorRate */
  readonly name: string;
  /** name under projections/, such as monitors/error-rate */
  readonly query: string;
}

/** Every file of the folder, but for the interface and what they share, is a kind by the name of the file. */
const kinds: ReadonlyMap<string, FoundKind> = new Map(
  [...files].flatMap(([file, { kind }]) => {
    if (!kind) return [];
    const name = camelCase(file);
    return [[name, { ...kind, name, query: `monitors/${file}` }] as const];
  }),
);

export const monitorKinds = (): string[] => [...kinds.keys()];

/** Undefined when there is no such kind. */
export const monitorKind = (name: string): FoundKind | undefined => kinds.get(name);
