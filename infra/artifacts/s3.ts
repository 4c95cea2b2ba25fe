import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { EpochlogError } from '../../kernel/errors.ts';
import { type ArtifactStore, type Digest, MIN_AGE_MS, type Streamed } from '../../kernel/ports/artifacts.ts';
import { artifactCorrupt, artifactMissing, digestOf, digestOfStream, isDigest, pathOf } from './digest.ts';
import { isNoSuchKey, type S3Place, s3Error } from './s3-errors.ts';

export interface S3Options {
  bucket: string;
  /** goes before every key, without a slash at its ends; empty for none */
  prefix: string;
  /** base URL of a store that is not AWS's */
  endpoint?: string | undefined;
  /** else the SDK's standard one; with an endpoint, where it is seldom more than part of the signature, us-east-1 */
  region?: string | undefined;
  /** names the bucket in the path instead of the host; by default with an endpoint only */
  pathStyle?: boolean | undefined;
  /** how long a connection may be silent */
  idleTimeoutMs?: number;
  /** when it aborts, requests under way are given up */
  signal?: AbortSignal | undefined;
}

const CONNECTION_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;

/**
 * Opens an artifact store in a bucket of any S3-compatible store: `<prefix>/sha256/ab/abcdef…`. Credentials come from
 * the SDK's standard chain (environment, profile, container, instance). CONFIG_INVALID when the bucket or the
 * credentials are wrong, ARTIFACTS_UNAVAILABLE, here and later, when the store does not answer.
 */
export async function openS3(options: S3Options): Promise<ArtifactStore> {
  const store = new S3Store(options);
  await store.connect();
  return store;
}

class S3Store implements ArtifactStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #place: S3Place;
  readonly #abortable: { abortSignal?: AbortSignal };

  constructor(options: S3Options) {
    const { bucket, prefix, endpoint, signal } = options;
    this.#client = createClient(options);
    this.#bucket = bucket;
    this.#prefix = prefix && `${prefix}/`;
    this.#place = { name: `s3://${bucket}${endpoint ? ` at ${endpoint}` : ''}`, refusal: 'CONFIG_INVALID' };
    this.#abortable = signal ? { abortSignal: signal } : {};
  }

  /** Stores nothing, in the literal sense: it takes the bucket, the right to read and, the first time, to write. */
  async connect(): Promise<void> {
    await requireRegion(this.#client);
    await this.put(new Uint8Array());
    this.#place.refusal = 'ARTIFACTS_UNAVAILABLE';
  }

  /** It sends what is in memory: most stores take no body without its length and its digest. */
  async put(content: Uint8Array | Streamed): Promise<Digest> {
    const bytes =
      content instanceof Uint8Array ? content : Buffer.concat(await Array.fromAsync(content.stream()));
    const digest = digestOf(bytes);
    if (!(await this.#holds(digest)) || (await this.#isOlder(digest, Date.now() - MIN_AGE_MS / 2))) {
      const object = { ...this.#locate(digest), Body: bytes };
      await this.#request(() => this.#client.send(new PutObjectCommand(object), this.#abortable));
    }
    return digest;
  }

  async get(digest: string): Promise<Uint8Array> {
    return this.#request(async () => {
      const object = await this.#read(digest);
      if (!object) throw artifactMissing(digest, this.#place.name);
      const bytes = new Uint8Array(object.length);
      let end = 0;
      const actual = await digestOfStream(object.body, (chunk) => {
        bytes.set(chunk, end);
        end += chunk.length;
      });
      if (actual !== digest) throw this.#corrupt(digest);
      return bytes;
    });
  }

  async open(digest: string): Promise<Streamed> {
    const bytes = await this.get(digest);
    return { stream: () => Readable.from([bytes]) };
  }

  async check(digest: string): Promise<void> {
    await this.#request(async () => {
      const object = await this.#read(digest);
      if (!object) throw artifactMissing(digest, this.#place.name);
      if ((await digestOfStream(object.body)) !== digest) throw this.#corrupt(digest);
    });
  }

  async has(digest: string): Promise<boolean> {
    if (!isDigest(digest)) return false;
    const head = new HeadObjectCommand(this.#locate(digest));
    return (await this.#request(() => ifThere(this.#client.send(head, this.#abortable)))) !== undefined;
  }

  /** Between the look at the age and the removal is one request: no store has both in one for all kinds of buckets. */
  async delete(digest: string, before: number): Promise<boolean> {
    if (!(await this.#isOlder(digest, before))) return false;
    const object = new DeleteObjectCommand(this.#locate(digest));
    await this.#request(() => this.#client.send(object, this.#abortable));
    return true;
  }

  async #isOlder(digest: string, before: number): Promise<boolean> {
    const head = new HeadObjectCommand(this.#locate(digest));
    const found = await this.#request(() => ifThere(this.#client.send(head, this.#abortable)));
    return found?.LastModified !== undefined && found.LastModified.getTime() < before;
  }

  /** Whether the very bytes are there: what is damaged is stored again. */
  async #holds(digest: Digest): Promise<boolean> {
    return this.#request(async () => {
      const object = await this.#read(digest);
      return object !== undefined && (await digestOfStream(object.body)) === digest;
    });
  }

  async #read(digest: string): Promise<{ body: Readable; length: number } | undefined> {
    const get = new GetObjectCommand(this.#locate(digest));
    const answer = await ifThere(this.#client.send(get, this.#abortable));
    if (!answer) return undefined;
    const { Body: body, ContentLength: length } = answer;
    if (body instanceof Readable && length !== undefined) return { body, length };
    throw new Error('an object came without a body or its length');
  }

  async #request<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw s3Error(error, this.#place);
    }
  }

  #corrupt(digest: string): EpochlogError {
    return artifactCorrupt(`${this.#locate(digest).Key} in ${this.#place.name}`);
  }

  #locate(digest: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${pathOf(digest)}` };
  }
}

/** The answer, or undefined when nothing is stored under the key. */
async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNoSuchKey(error)) return undefined;
    throw error;
  }
}

/** A client with no habit that only AWS's own store knows. */
function createClient({ endpoint, region, pathStyle, idleTimeoutMs }: S3Options): S3Client {
  const standard = endpoint === undefined ? {} : { endpoint, region: 'us-east-1' };
  return new S3Client({
    ...standard,
    ...(region !== undefined && { region }),
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    // the signature covers a SHA-256 of the body already; many stores refuse the SDK's further checksums
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false, // costs a new connection for each large object, and seconds where it goes unanswered
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    },
  });
}

async function requireRegion(client: S3Client): Promise<void> {
  await client.config.region().catch(() => {
    throw new EpochlogError(
      'CONFIG_INVALID',
      'the region of the bucket is not known: set EPOCHLOG_S3_REGION',
    );
  });
}
