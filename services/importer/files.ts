import type { Keyed, Maps } from '../../kernel/ports/states.ts';
import type { RecordedEvent } from '../../schemas/catalogue.ts';
import type { RegisteredVersionCreated } from '../../schemas/events.generated.ts';

/** The facts and requests of clients that the places of files follow from. */
export const PLACES = ['TrackedRunStarted', 'TrackedModelCreated', 'TrackedArtifactStored'] as const;

/** The files that tracking clients have stored, and where those of a version are. */
export class TrackedFiles {
  /** digests by place */
  readonly #files: Keyed<string>;
  /** experiments of runs and logged models */
  readonly #experiments: Keyed<string>;

  constructor(maps: Maps) {
    this.#files = maps('files');
    this.#experiments = maps('experiments');
  }

  evolve(event: RecordedEvent): void {
    if (event.type === 'TrackedRunStarted') this.#experiments.set(event.data.runId, event.data.experimentId);
    if (event.type === 'TrackedModelCreated')
      this.#experiments.set(event.data.modelId, event.data.experimentId);
    if (event.type !== 'TrackedArtifactStored') return;
    const { root, path, digest } = event.data;
    if (digest === null) this.#files.delete(`${root}/${path}`);
    else this.#files.set(`${root}/${path}`, digest);
  }

  /** The folder of a version: of a logged model, of a run, or an address of artifacts here; undefined for others. */
  folderOf({ source, modelId }: Pick<RegisteredVersionCreated, 'source' | 'modelId'>): string | undefined {
    const logged = modelId ?? /^models:\/+(m-[0-9a-f]+)$/.exec(source)?.[1];
    if (logged !== undefined) {
      const experiment = this.#experiments.get(logged);
      return experiment && `${experiment}/models/${logged}`;
    }
    const [, run = '', below = ''] = /^runs:\/+([^/]+)\/?(.*)$/.exec(source) ?? [];
    const experiment = this.#experiments.get(run);
    if (experiment !== undefined) return joined(`${experiment}/${run}`, below);
    const [, root, path = ''] = /^mlflow-artifacts:\/+(.*?)\/artifacts\/?(.*)$/.exec(source) ?? [];
    return root === undefined ? undefined : joined(root, path);
  }

  digestOf(folder: string, name: string): string | undefined {
    return this.#files.get(`${folder}/${name}`);
  }
}

const joined = (root: string, path: string): string => (path === '' ? root : `${root}/${path}`);
