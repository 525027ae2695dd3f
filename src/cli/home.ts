import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { createSealer, type Sealer } from '../lib/seal.ts';
import { CommandError, EXIT } from './exit.ts';
import { createFileAtomic, readIfThere } from './files.ts';

/** Where the command line keeps what it must not forget: a directory that only its user can enter. */
export interface Home {
  directory: string;
  /** By the key that lies beside what it seals: a copy of one file alone tells nothing. */
  sealer: Sealer;
}

/**
 * @param configHome `XDG_CONFIG_HOME`.
 * @throws {CommandError} if the key is not what it was.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export async function openHome(configHome: string | null): Promise<Home> {
  // A path that is not absolute is to be ignored.
  const base = configHome && path.isAbsolute(configHome) ? configHome : path.join(homedir(), '.config');
  const directory = path.join(base, 'tiktok-publisher');
  for (const folder of [directory, path.join(directory, 'accounts'), path.join(directory, 'posts')]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  }
  const keyFile = path.join(directory, 'sealing-key');
  if ((await readIfThere(keyFile)) === null) {
    await createFileAtomic(keyFile, `cli:${randomBytes(32).toString('base64url')}\n`);
  }
  const [, kid = '', encoded = ''] =
    /^([\w-]+):([\w-]{43})\n?$/.exec((await readIfThere(keyFile)) ?? '') ?? [];
  const key = Buffer.from(encoded, 'base64url');
  if (key.length !== 32) {
    throw new CommandError(
      EXIT.unreadable,
      'sealing_key_unreadable',
      `${keyFile} holds no key. Put it back; without it what it sealed is lost: remove ${directory}, then authorize again.`,
    );
  }
  return { directory, sealer: createSealer([{ kid, key }]) };
}

/** A uuid that the same names always give. */
export function idOf(...names: string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(names)).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Everything here is this user's. */
export const OWNER_ID = '00000000-0000-8000-8000-000000000000';
