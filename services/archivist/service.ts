import { filesOfBundle } from '../../kernel/bundle.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { type ArtifactStore, MIN_AGE_MS } from '../../kernel/ports/artifacts.ts';
import { type RecordedEvent, reactorService } from '../../schemas/catalogue.ts';

/** The packages there are: of runs and of versions, until they are deleted. */
export class Packages {
  /** by what has it (a run, or a version of a model), its digest */
  readonly #holders = new Map<string, string>();
  /** of versions that expired */
  readonly #expired = new Set<string>();
  /** by digest of a package, those of its files */
  readonly #files = new Map<string, readonly string[]>();

  evolve({ type, data }: RecordedEvent): void {
    switch (type) {
      case 'TrainingCompleted':
        this.#holders.set(`run ${data.runId}`, data.package);
        break;
      case 'PackageDeleted':
        this.#holders.delete(`run ${data.runId}`);
        break;
      case 'VersionRegistered':
        this.#holders.set(`version ${data.model}/${data.version}`, data.package);
        break;
      case 'VersionExpired':
        this.#holders.delete(`version ${data.model}/${data.version}`);
        this.#expired.add(data.package);
    }
  }

  /** Whether a version that has not expired has the same package. */
  hasVersion(digest: string): boolean {
    return this.#holders.entries().some(([holder, held]) => held === digest && holder.startsWith('version '));
  }

  /** The artifacts of a package that no other one has, its SHA256SUMS last; none where it is gone already. */
  async ownArtifacts(digest: string, artifacts: Pick<ArtifactStore, 'get'>): Promise<string[]> {
    const own = new Set([...(await this.#filesOf(digest, artifacts)), digest]);
    for (const other of new Set(this.#holders.values())) {
      if (other === digest || this.#expired.has(other)) continue;
      for (const file of await this.#filesOf(other, artifacts)) own.delete(file);
    }
    return [...own];
  }

  async #filesOf(digest: string, artifacts: Pick<ArtifactStore, 'get'>): Promise<readonly string[]> {
    const known = this.#files.get(digest);
    if (known) return known;
    const files = filesOfBundle(await artifacts.get(digest)).map((file) => file.digest);
    this.#files.set(digest, files);
    return files;
  }
}

/**
 * Deletes the artifacts of a package that no other package has. The fact comes first: artifacts of which nothing is known any more may
 * stay, and none is missing that the log counts on.
 *
 * @returns why it stays, if it does
 */
export async function deleteExpired(
  { time, data: { package: digest } }: RecordedEvent<'VersionExpired'>,
  packages: Packages,
  artifacts: ArtifactStore,
): Promise<string | undefined> {
  if (packages.hasVersion(digest)) return 'another version has the same';
  if (!(await artifacts.has(digest))) return undefined; // before a crash
  try {
    for (const file of await packages.ownArtifacts(digest, artifacts))
      await artifacts.delete(file, time - MIN_AGE_MS);
    return undefined;
  } catch (error) {
    if (!(error instanceof EpochlogError) || error.retriable) throw error;
    return `what is its own is not known: ${error.message} [${error.code}]`;
  }
}

/** Deletes the packages of versions that have expired by the policy. */
export const service = reactorService({
  name: 'archivist',
  reactsTo: ['VersionExpired'],
  stateFrom: ['TrainingCompleted', 'PackageDeleted', 'VersionRegistered', 'VersionExpired'],
  start({ artifacts, logger }) {
    const packages = new Packages();
    return {
      evolve: (event) => packages.evolve(event),
      on: {
        async VersionExpired(event) {
          packages.evolve(event);
          const { model, version } = event.data;
          const why = await deleteExpired(event, packages, artifacts);
          if (why !== undefined) logger.warn({ model, version, why }, 'the package of a version stays');
          return [];
        },
      },
    };
  },
});
