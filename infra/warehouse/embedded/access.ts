import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EpochlogError } from '../../../kernel/errors.ts';
import type { Endpoint, Server } from '../connection.ts';

/** What lets a process in: the key in a header of each request, and the password of one of the two users of users.xml. */
export interface Secrets {
  key: string;
  /** of the project itself */
  owner: string;
  /** of the SQL that users wrote */
  analyst: string;
}

/** Random ones, new with every start: those of an engine that crashed open nothing. */
export const newSecrets = (): Secrets => ({ key: random(), owner: random(), analyst: random() });

const random = (): string => randomBytes(24).toString('base64url');

export const sha256 = (password: string): string => createHash('sha256').update(password).digest('hex');

/** The file beside the data that says where the engine listens, and its secrets. */
const fileIn = (directory: string): string => join(resolve(directory), 'engine.json');

export function serverAt(port: number, { key, owner, analyst }: Secrets): Server {
  return {
    url: `http://127.0.0.1:${port}`,
    username: 'owner',
    password: owner,
    analyst: { username: 'analyst', password: analyst },
    embedded: { headers: { 'X-Engine-Key': key } },
  };
}

/** Tells the processes of this user, and of no other, how to reach the engine. */
export async function publish(directory: string, server: Server): Promise<void> {
  const file = fileIn(directory);
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(server), { mode: 0o600 });
  await rename(draft, file);
}

/** The engine that another process runs on a directory, also after it was started again. */
export function engineIn(directory: string): Endpoint {
  const file = fileIn(directory);
  let text = '';
  let server: Server | undefined;
  return {
    current() {
      const now = read(file);
      if (!server || now !== text) server = JSON.parse(now) as Server;
      text = now;
      return server;
    },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EpochlogError('WAREHOUSE_UNAVAILABLE', `no process runs the warehouse: there is no ${file}`, {
      cause: error,
    });
  }
}
