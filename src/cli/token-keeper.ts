import path from 'node:path';
import type { CommandPlaces } from '../config.ts';
import { sha256 } from '../lib/hash.ts';
import { retry } from '../lib/retry.ts';
import { type Secret, secret } from '../lib/secret.ts';
import { CommandError, EXIT } from './exit.ts';
import { appendToFile, readIfThere, tryLock, writeFileAtomic } from './files.ts';
import type { Home } from './home.ts';

/** Where a refresh token goes that no account file holds: each is good once, and the last one is the account. */
export interface TokenKeeper extends Disposable {
  /** The one to begin with. */
  first: Secret;
  /** From where it came, in words. */
  origin: string;
  /** Returns when it is on the disk. */
  keep(refreshToken: Secret): Promise<void>;
}

/**
 * Prepares every place there is, and proves that it can be written, before TikTok is asked for anything.
 * @param tokenFile holds the token alone. What it holds already is newer than what the environment has.
 * @throws {CommandError} if there is no place, or it cannot be written, or another command is using it.
 */
export async function openTokenKeeper(
  places: CommandPlaces & { refreshToken: Secret },
  tokenFile: string | undefined,
  { directory }: Home,
): Promise<TokenKeeper> {
  const { ciOutputFile, masksLog } = places;
  if (!tokenFile && !ciOutputFile) {
    throw new CommandError(
      EXIT.usage,
      'token_place_missing',
      'TIKTOK_REFRESH_TOKEN is good once: TikTok gives a new one, which must be kept, or the account is lost. Say where with --token-file <path>; on GitHub Actions GITHUB_OUTPUT takes it by itself. Nothing was done.',
    );
  }
  const name = sha256(tokenFile ? path.resolve(tokenFile) : `output ${places.refreshToken.reveal()}`);
  const lock = await tryLock(path.join(directory, `token-${name}.lock`));
  if (!lock) {
    const message =
      'Another command is using this refresh token. Wait for its end: the next one needs the token that it leaves.';
    throw new CommandError(EXIT.leftToDo, 'token_busy', message);
  }
  try {
    const kept = tokenFile ? ((await readIfThere(tokenFile))?.trim() ?? '') : '';
    const first = kept === '' ? places.refreshToken : secret(kept);
    // The places are tried by what changes nothing.
    if (tokenFile) await writeFileAtomic(tokenFile, `${first.reveal()}\n`).catch(unusable(tokenFile));
    if (ciOutputFile) await appendToFile(ciOutputFile, '').catch(unusable(ciOutputFile));
    return {
      first,
      origin: kept === '' ? 'TIKTOK_REFRESH_TOKEN' : `${tokenFile}, which comes before TIKTOK_REFRESH_TOKEN`,
      async keep(refreshToken) {
        const token = refreshToken.reveal();
        if (masksLog) process.stderr.write(`::add-mask::${token}\n`);
        const kept = await Promise.allSettled([
          tokenFile && again(() => writeFileAtomic(tokenFile, `${token}\n`)),
          ciOutputFile && again(() => appendToFile(ciOutputFile, `refresh_token=${token}\n`)),
        ]);
        const failed = [tokenFile, ciOutputFile].filter(
          (_place, index) => kept[index]?.status === 'rejected',
        );
        if (failed.length === 0) return;
        if (failed.length < [tokenFile, ciOutputFile].filter(Boolean).length) {
          const advice =
            failed[0] === tokenFile ? ' Delete it: the token in it, which comes first, is spent.' : '';
          process.stderr.write(
            `Note: ${failed[0]} did not take the new refresh token, the other place did.${advice}\n`,
          );
          return;
        }
        throw new CommandError(
          EXIT.reauthorize,
          'token_not_kept',
          'TikTok has given a new refresh token, and no place took it: the one there was is of no use any more. Make room, then authorize the account again.',
        );
      },
      [Symbol.dispose]: () => lock[Symbol.dispose](),
    };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

const again = (write: () => Promise<void>) => retry(write, [100, 400, 1_600]);

const unusable =
  (place: string) =>
  ({ code }: NodeJS.ErrnoException): never => {
    throw new CommandError(
      EXIT.usage,
      'token_place_unusable',
      `${place} cannot be written (${code}). Give another --token-file. Nothing was done: the refresh token is still good.`,
    );
  };
