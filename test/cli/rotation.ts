import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { createSealer, type SealKey } from '../../src/lib/seal.ts';
import { secret } from '../../src/lib/secret.ts';
import { createAccountStore } from '../../src/store/accounts.ts';
import { createQueue } from '../../src/store/queue.ts';
import { placeOf, SEALED } from '../../src/store/sealed.ts';
import { openDatabase } from '../../src/store/supabase.ts';
import { insertSealedAccounts, madePair, openPairs } from '../support/sealed-rows.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { runCommand } from './command.ts';

const OLD: SealKey = { kid: 'old', key: new Uint8Array(32).fill(1) };
const NEW: SealKey = { kid: 'new', key: new Uint8Array(32).fill(2) };

export interface RotationFigures {
  /** While the command ran. */
  reads: number;
  refreshes: number;
  claims: number;
  /** Whatever went wrong with one of them, and each that did not open or was not what was written last. */
  errors: string[];
  /** Of `keys rotate`, then of `keys status` without the old key. */
  exitCodes: (number | null)[];
  accountsASecond: number;
  /** Sealing and opening one token, on this machine. */
  sealAndOpenMs: number;
}

/** `keys rotate` over that many accounts, while two callers read tokens, two refresh them and two workers claim. */
export async function rotateUnderLoad(database: TestDatabase, count: number): Promise<RotationFigures> {
  const { userId } = await database.signUp();
  const ids = await insertSealedAccounts(database.sql, createSealer([OLD]), userId, count);
  await database.sql`
    insert into social_posts (user_id, account_id, media_type, video_url, mode)
    select user_id, id, 'video', 'https://example.com/v.mp4', 'draft' from social_accounts order by id limit 200`;
  // All of them know both keys. The one that refreshes by the old key is of a deploy from before.
  const open = (...keys: [SealKey, ...SealKey[]]) => {
    const connection = openDatabase(database.supabaseUrl, secret(database.secretKey));
    const sealer = createSealer(keys);
    return { accounts: createAccountStore(connection, sealer), queue: createQueue(connection, sealer) };
  };
  const figures = { reads: 0, refreshes: 0, claims: 0 };
  const errors: string[] = [];
  let isOver = false;
  const keepAt = async (work: () => Promise<void>) => {
    while (!isOver) await work().catch((error: unknown) => void errors.push(String(error)));
  };
  const someId = () => ids[Math.floor(Math.random() * ids.length)] ?? '';

  async function read({ accounts }: ReturnType<typeof open>): Promise<void> {
    const account = await accounts.reload(someId());
    if (!account) throw new Error('there is no account');
    const access = (await accounts.openToken(account, 'access_token')).reveal();
    const refresh = (await accounts.openToken(account, 'refresh_token')).reveal();
    const suffix = `${account.id}.${account.tokenVersion}`;
    if (access !== `act.${suffix}` || refresh !== `rft.${suffix}`)
      throw new Error('another pair than the last');
    figures.reads++;
  }
  async function refresh({ accounts }: ReturnType<typeof open>): Promise<void> {
    const account = await accounts.reload(someId());
    if (!account) throw new Error('there is no account');
    const made = madePair({ id: account.id, version: account.tokenVersion + 1 });
    const pair = { accessToken: secret(made.access), refreshToken: secret(made.refresh) };
    const lifetimes = { accessExpiresInSeconds: 86_400, refreshExpiresInSeconds: null };
    if (await accounts.rotate(account, { ...pair, ...lifetimes }, account.scopes)) figures.refreshes++;
  }
  async function claim({ queue }: ReturnType<typeof open>): Promise<void> {
    const holder = randomUUID();
    const request = { done: [], accounts: 16, posts: 5, leaseSeconds: 90, mayBegin: true, runSeconds: null };
    await queue.claim(holder, request);
    await queue.release(holder, false);
    figures.claims++;
  }
  const [one, two, before] = [open(NEW, OLD), open(NEW, OLD), open(OLD, NEW)];
  const load = [
    ...[one, two].map((site) => keepAt(() => read(site))),
    ...[one, before].map((site) => keepAt(() => refresh(site))),
    ...[one, two].map((site) => keepAt(() => claim(site))),
  ];

  const environment = (...keys: SealKey[]) => ({
    SUPABASE_URL: database.supabaseUrl,
    SUPABASE_SECRET_KEY: database.secretKey,
    TOKEN_ENCRYPTION_KEYS: keys
      .map(({ kid, key }) => `${kid}:${Buffer.from(key).toString('base64url')}`)
      .join(','),
  });
  const startedMs = performance.now();
  const first = await runCommand(['keys', 'rotate', '--json'], environment(NEW, OLD));
  const seconds = (performance.now() - startedMs) / 1000;
  isOver = true;
  await Promise.all(load);
  if (first.code !== 0 && first.code !== 3) errors.push(first.stderr);

  // What the deploy from before sealed behind the command's back.
  const second = await runCommand(['keys', 'rotate'], environment(NEW, OLD));
  const status = await runCommand(['keys', 'status'], environment(NEW));
  const pairs = await openPairs(database.sql, createSealer([NEW])).catch((error: unknown) => {
    errors.push(`not all open with the new key alone: ${error}`);
    return [];
  });
  for (const pair of pairs) {
    if (!isDeepStrictEqual(pair, madePair(pair))) errors.push(`${pair.id} holds another pair than the last`);
  }
  return {
    ...figures,
    errors,
    exitCodes: [second.code, status.code],
    accountsASecond: count / seconds,
    sealAndOpenMs: await measureSealing(),
  };
}

async function measureSealing(): Promise<number> {
  const sealer = createSealer([NEW]);
  const times = 1_000;
  const startedMs = performance.now();
  for (let n = 0; n < times; n++) {
    const place = placeOf(SEALED.accessToken, 'a', n);
    await sealer.open(await sealer.seal('act.'.padEnd(200, 'x'), place), place);
  }
  return (performance.now() - startedMs) / times;
}
