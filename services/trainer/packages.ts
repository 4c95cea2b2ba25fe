import { filesOfBundle } from '../../kernel/bundle.ts';
import { EpochlogError, failureOf } from '../../kernel/errors.ts';
import { suggestion } from '../../kernel/nearest.ts';
import { type ArtifactStore, MIN_AGE_MS } from '../../kernel/ports/artifacts.ts';
import {
  type Emit,
  type NewEvent,
  newEvent,
  type RecordedEvent,
  type ServiceContext,
} from '../../schemas/catalogue.ts';

interface RunPackage {
  readonly digest: string;
  /** whether the run is a trial of a search, which only the search needs */
  readonly isTrial: boolean;
  /** whether it was asked to be deleted: it is no reason to keep the package of another run */
  isReleased: boolean;
  /** event id of the request that it was deleted for */
  deletedFor?: string;
}

/** The packages there are, and who needs them. */
export class Packages {
  readonly #runs = new Map<string, RunPackage>();
  /** by digest, what needs it besides runs, for people */
  readonly #needed = new Map<string, string>();
  /** by digest, the files of packages whose SHA256SUMS was read */
  readonly #files = new Map<string, readonly string[]>();

  evolve({ type, data }: RecordedEvent): void {
    switch (type) {
      case 'TrainingCompleted': {
        const { runId, package: digest, searchId } = data;
        this.#runs.set(runId, { digest, isTrial: searchId !== null, isReleased: false });
        break;
      }
      case 'VersionRegistered':
        this.#need(data.package, `version ${data.version} of ${data.model} has it`);
        break;
      case 'EvaluationRequested':
      case 'EvaluationCompleted':
        this.#need(data.package, `evaluation ${data.evaluationId} is of it`);
        if (data.baseline)
          this.#need(data.baseline.package, `evaluation ${data.evaluationId} compares with it`);
        break;
      case 'PackageDeletionRefused':
      case 'PackageDeleted': {
        const run = this.#runs.get(data.runId);
        if (!run) break;
        run.isReleased = true;
        if (type === 'PackageDeleted') run.deletedFor = data.requestId;
        break;
      }
    }
  }

  /**
   * The artifacts of a package that no other one has, its SHA256SUMS last.
   *
   * ARTIFACT_MISSING when one of the packages is not whole: what is in it is not known then.
   */
  async ownArtifacts(digest: string, artifacts: Pick<ArtifactStore, 'get'>): Promise<string[]> {
    const own = new Set([...(await this.#filesOf(digest, artifacts)), digest]);
    for (const other of this.#without(digest)) {
      for (const file of await this.#filesOf(other, artifacts)) own.delete(file);
    }
    return [...own];
  }

  async #filesOf(digest: string, artifacts: Pick<ArtifactStore, 'get'>): Promise<readonly string[]> {
    const files =
      this.#files.get(digest) ?? filesOfBundle(await artifacts.get(digest)).map(({ digest }) => digest);
    this.#files.set(digest, files);
    return files;
  }

  #need(digest: string, why: string): void {
    if (!this.#needed.has(digest)) this.#needed.set(digest, why);
  }

  /** Digests of the packages that are there, but for one. */
  *#without(digest: string): Iterable<string> {
    yield* new Set(this.#needed.keys()).difference(new Set([digest]));
    for (const run of this.#runs.values()) {
      if (run.digest !== digest && run.deletedFor === undefined) yield run.digest;
    }
  }

  /**
   * The package of a trial, without references to it.
   *
   * NOT_FOUND without such a run, CONFLICT with who needs its package.
   */
  deletable(runId: string, requestId: string): string {
    const run = this.#runs.get(runId);
    if (!run) {
      const known = [...this.#runs.keys()];
      throw new EpochlogError('NOT_FOUND', `no run ${runId} has a package; ${suggestion(runId, known)}`);
    }
    const obstacle = this.#obstacle(runId, run, requestId);
    if (obstacle === undefined) return run.digest;
    throw new EpochlogError('CONFLICT', `the package of ${runId} stays: ${obstacle}`);
  }

  isDeleted(runId: string): boolean {
    return this.#runs.get(runId)?.deletedFor !== undefined;
  }

  #obstacle(
    runId: string,
    { digest, isTrial, deletedFor }: RunPackage,
    requestId: string,
  ): string | undefined {
    if (!isTrial) return `${runId} is no trial of a search`;
    if (deletedFor !== undefined) return deletedFor === requestId ? undefined : 'it was deleted before';
    const [other] = [...this.#runs].find(
      ([id, run]) => id !== runId && run.digest === digest && !(run.isTrial && run.isReleased),
    ) ?? [undefined];
    return this.#needed.get(digest) ?? (other === undefined ? undefined : `run ${other} has the same`);
  }
}

/**
 * Deletes the package of a trial, and says so first: artifacts of which nothing is known any more may stay, and none is missing that
 * the log counts on.
 */
export async function deletePackage(
  { id, time, data: { runId, reason } }: RecordedEvent<'PackageDeletionRequested'>,
  packages: Packages,
  emit: Emit,
  { artifacts }: Pick<ServiceContext, 'artifacts'>,
): Promise<NewEvent[]> {
  try {
    const digest = packages.deletable(runId, id);
    if (!(await artifacts.has(digest)) && packages.isDeleted(runId)) return []; // before a crash
    const own = await packages.ownArtifacts(digest, artifacts);
    await emit(newEvent('PackageDeleted', { runId, package: digest, reason, requestId: id }));
    for (const file of own) await artifacts.delete(file, time - MIN_AGE_MS);
    return [];
  } catch (error) {
    return [newEvent('PackageDeletionRefused', { runId, ...failureOf(error) })];
  }
}
