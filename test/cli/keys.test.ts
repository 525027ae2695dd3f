import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSealer, type Sealer, type SealKey } from '../../src/lib/seal.ts';
import { secret } from '../../src/lib/secret.ts';
import { createAccountStore } from '../../src/store/accounts.ts';
import { SEALED_COLUMNS } from '../../src/store/sealed.ts';
import { openDatabase } from '../../src/store/supabase.ts';
import { createTestDatabase, type TestDatabase, type TestUser } from '../support/database.ts';
import { createLifeline, type Lifeline } from '../support/lifeline.ts';
import { insertSealedAccounts, madePair, openPairs } from '../support/sealed-rows.ts';
import { runCommand, startCommand } from './command.ts';
import { rotateUnderLoad } from './rotation.ts';

// Each test starts processes, which a busy machine is slow to do.
vi.setConfig({ testTimeout: 120_000 });

const oldKey: SealKey = { kid: 'old', key: new Uint8Array(32).fill(1) };
const newKey: SealKey = { kid: 'new', key: new Uint8Array(32).fill(2) };
const otherKey: SealKey = { kid: 'other', key: new Uint8Array(32).fill(3) };

let database: TestDatabase;
let lifeline: Lifeline;
let supabaseUrl: string;
let user: TestUser;
beforeAll(async () => {
  database = await createTestDatabase();
  lifeline = createLifeline();
  supabaseUrl = await lifeline.before(database.supabaseUrl);
  user = await database.signUp();
});
afterAll(async () => {
  await lifeline.close();
  await database.close();
});
beforeEach(async () => {
  lifeline.reset(() => 'pass');
  await database.sql`delete from social_accounts`;
});

const envWith = (...keys: SealKey[]) => ({
  SUPABASE_URL: supabaseUrl,
  SUPABASE_SECRET_KEY: database.secretKey,
  TOKEN_ENCRYPTION_KEYS: keys
    .map(({ kid, key }) => `${kid}:${Buffer.from(key).toString('base64url')}`)
    .join(','),
});
const keysJson = async (command: 'status' | 'rotate', ...keys: SealKey[]) => {
  const { code, stdout, stderr } = await runCommand(['keys', command, '--json'], envWith(...keys));
  return { code, stderr, report: stdout === '' ? null : JSON.parse(stdout) };
};
/** Each account holds the pair that was made for it, of that version. */
async function expectVersions(ids: readonly string[], sealer: Sealer, version: number): Promise<void> {
  const pairs = await openPairs(database.sql, sealer);
  const expected = ids.map((id) => madePair({ id, version }));
  expect(pairs.filter(({ id }) => ids.includes(id)).sort(byId)).toEqual(expected.sort(byId));
}
const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
const insertAccounts = (count: number, key = oldKey) =>
  insertSealedAccounts(database.sql, createSealer([key]), user.userId, count);

/** An upload under way, its URL sealed with the old key. @returns the attempt's id. */
async function insertUpload(accountId: string): Promise<string> {
  const [postId, id] = [randomUUID(), randomUUID()];
  const { sql } = database;
  await sql`insert into social_posts (id, user_id, account_id, media_type, video_url, mode, status)
    values (${postId}, ${user.userId}, ${accountId}, 'video', 'https://example.com/v.mp4', 'draft', 'uploading')`;
  const url = await createSealer([oldKey]).seal(
    'https://upload.example.com/1',
    `social_post_attempts/${id}/upload_url/1`,
  );
  await sql`insert into social_post_attempts
      (id, post_id, user_id, account_id, attempt_no, transfer, mode, fence, size_bytes, chunk_size_bytes, sealed_upload_url)
    values (${id}, ${postId}, ${user.userId}, ${accountId}, 1, 'upload', 'direct', 1, 1, 1, ${url})`;
  return id;
}

test('every sealed column of the database is known to it', async () => {
  const found = await database.sql<{ name: string }[]>`
    select format('%s.%s', table_name, column_name) as name
    from information_schema.columns where table_schema = 'public' and column_name like 'sealed\_%'`;
  expect(SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(
    found.map(({ name }) => name).sort(),
  );
});

describe('from an old key to a new one', () => {
  test('everything is counted, sealed anew, and opens with the new key alone; the old one is proven unused', async () => {
    const ids = await insertAccounts(210);
    const attemptId = await insertUpload(ids[0] ?? '');

    const before = await keysJson('status', newKey, oldKey);
    expect(before).toMatchObject({
      code: 3,
      report: {
        verdict: 'old_keys_in_use',
        keys: [
          { kid: 'new', role: 'seals', values: 0, columns: {} },
          {
            kid: 'old',
            role: 'opens',
            values: 421,
            columns: {
              'social_accounts.sealed_access_token': 210,
              'social_accounts.sealed_refresh_token': 210,
              'social_post_attempts.sealed_upload_url': 1,
            },
          },
        ],
      },
    });

    expect(await keysJson('rotate', newKey, oldKey)).toMatchObject({
      code: 0,
      report: { verdict: 'rotated', resealed: 421, unreadable: [] },
    });
    expect(await keysJson('status', newKey, oldKey)).toMatchObject({
      code: 0,
      report: {
        keys: [
          { kid: 'new', values: 421 },
          { kid: 'old', role: 'opens', values: 0 },
        ],
      },
    });
    expect((await keysJson('status', newKey)).code).toBe(0);

    const sealer = createSealer([newKey]);
    await expectVersions(ids, sealer, 1);
    const [attempt] = await database.sql`select sealed_upload_url as sealed from social_post_attempts`;
    const opened = await sealer.open(attempt?.sealed, `social_post_attempts/${attemptId}/upload_url/1`);
    expect(opened.reveal()).toBe('https://upload.example.com/1');
  });

  test('nothing is written where nothing is to be done', async () => {
    await insertAccounts(3, newKey);
    const read = () => database.sql`select xmin, ctid, a.* from social_accounts a order by id`;
    const before = await read();
    expect(await keysJson('rotate', newKey, oldKey)).toMatchObject({ code: 0, report: { resealed: 0 } });
    expect(await read()).toEqual(before);
  });

  test('a key that is missing is named, and what it has sealed is left as it is', async () => {
    await insertAccounts(2, otherKey);
    await insertAccounts(1, oldKey);
    expect(await keysJson('status', newKey, oldKey)).toMatchObject({
      code: 4,
      report: {
        verdict: 'values_unreadable',
        keys: [{ kid: 'new' }, { kid: 'old', values: 2 }, { kid: 'other', role: 'missing', values: 4 }],
      },
    });
    const rotated = await keysJson('rotate', newKey, oldKey);
    expect(rotated).toMatchObject({
      code: 4,
      report: { resealed: 2, keys: [{ values: 2 }, { values: 0 }, { values: 4 }] },
    });
    expect(rotated.report.unreadable).toHaveLength(4);
    expect((await keysJson('rotate', newKey, oldKey, otherKey)).code).toBe(0);
  });

  test('what was altered, or copied from another row, is told of and stays closed', async () => {
    const [one = '', two = '', three = ''] = await insertAccounts(3);
    const { sql } = database;
    await sql`update social_accounts set sealed_refresh_token = (
      select sealed_refresh_token from social_accounts where id = ${two}) where id = ${one}`;
    await sql`update social_accounts set sealed_refresh_token = 'no JWE' where id = ${three}`;
    const rotated = await keysJson('rotate', newKey, oldKey);
    expect(rotated).toMatchObject({ code: 4, report: { verdict: 'values_unreadable', resealed: 4 } });
    expect(new Set(rotated.report.unreadable.map(({ id }: { id: string }) => id))).toEqual(
      new Set([one, three]),
    );
    const { code, stdout } = await runCommand(['keys', 'status'], envWith(newKey, oldKey));
    await sql`delete from social_accounts where id = ${three}`;
    await expect(openPairs(sql, createSealer([newKey, oldKey]))).rejects.toThrow('another place');
    expect([code, /\(no key of ours\)\s+MISSING/.test(stdout)]).toEqual([4, true]);
  });
});

describe('while the site works', () => {
  const store = (...keys: [SealKey, ...SealKey[]]) =>
    createAccountStore(openDatabase(database.supabaseUrl, secret(database.secretKey)), createSealer(keys));
  const newTokens = (id: string, version: number) => ({
    accessToken: secret(madePair({ id, version }).access),
    refreshToken: secret(madePair({ id, version }).refresh),
    accessExpiresInSeconds: 86_400,
    refreshExpiresInSeconds: null,
  });
  /** Something happens between the reading of the first batch and its writing. */
  function meanwhile(act: () => Promise<unknown>): void {
    let hasActed = false;
    lifeline.reset(({ label }) => {
      if (hasActed || !label.endsWith('/rpc/reseal')) return 'pass';
      hasActed = true;
      return act().then(() => undefined);
    });
  }

  test.each([
    ['with the new key', newKey, 0],
    ['with the old one, by a deploy that does not know better', oldKey, 0],
  ])('a newer pair, sealed %s, is never overwritten', async (_how, key, code) => {
    const [id = ''] = await insertAccounts(3);
    const accounts = store(key, newKey, oldKey);
    meanwhile(async () => {
      const account = await accounts.reload(id);
      if (!account) throw new Error('there is no account');
      expect(await accounts.rotate(account, newTokens(id, 2), account.scopes)).toBe(true);
    });
    expect((await keysJson('rotate', newKey, oldKey)).code).toBe(code);
    await expectVersions([id], createSealer([newKey]), 2);
  });

  test('tokens that are forgotten stay forgotten', async () => {
    const [id = ''] = await insertAccounts(3);
    const accounts = store(newKey, oldKey);
    meanwhile(async () => {
      const account = await accounts.reload(id);
      if (account) await accounts.disconnect(account, null);
    });
    expect(await keysJson('rotate', newKey, oldKey)).toMatchObject({ code: 0, report: { resealed: 4 } });
    const [row] =
      await database.sql`select sealed_access_token, sealed_refresh_token from social_accounts where id = ${id}`;
    expect(row).toEqual({ sealed_access_token: null, sealed_refresh_token: null });
  });

  test('a row that somebody holds is not waited for, and is done in the next pass', async () => {
    const [id = ''] = await insertAccounts(3);
    let release = () => {};
    const isHeld = new Promise<void>((resolve) => (release = resolve));
    const held = Promise.withResolvers<void>();
    const holding = database.sql.begin(async (sql) => {
      await sql`select 1 from social_accounts where id = ${id} for share`;
      held.resolve();
      await isHeld;
    });
    await held.promise;
    let calls = 0;
    lifeline.reset(({ label }) => {
      if (label.endsWith('/rpc/reseal') && ++calls === 2) release();
      return 'pass';
    });
    expect(await keysJson('rotate', newKey, oldKey)).toMatchObject({ code: 0, report: { resealed: 6 } });
    await holding;
    expect(calls).toBeGreaterThanOrEqual(3);
  });

  test('a lost request and a lost answer change nothing', async () => {
    await insertAccounts(250);
    const fates = new Map<string, number>();
    lifeline.reset(({ label }) => {
      const times = (fates.get(label) ?? 0) + 1;
      fates.set(label, times);
      return times === 1 ? 'lose_request' : times === 2 ? 'lose_answer' : 'pass';
    });
    expect((await keysJson('rotate', newKey, oldKey)).code).toBe(0);
    expect((await keysJson('status', newKey)).code).toBe(0);
  });

  test('1,000 accounts are sealed anew while others refresh, read and claim them: every read opens', async () => {
    const figures = await rotateUnderLoad(database, 1_000);
    expect(figures).toMatchObject({ errors: [], exitCodes: [0, 0] });
    expect(figures.reads).toBeGreaterThan(20);
    expect(figures.refreshes).toBeGreaterThan(20);
    expect(figures.claims).toBeGreaterThan(20);
  });
});

test.each([
  ['before its first writing', 1, 'before', 1_000],
  ['when its second is done and nobody has heard', 2, 'after', 600],
  ['between two columns', 4, 'before', 500],
] as const)('killed %s and started again, it finishes', async (_when, stroke, moment, left) => {
  const ids = await insertAccounts(500);
  let writes = 0;
  const started = startCommand(['keys', 'rotate'], envWith(newKey, oldKey));
  lifeline.reset(({ label }) => {
    if (!label.endsWith('/rpc/reseal') || ++writes !== stroke) return 'pass';
    return {
      moment,
      act: async () => {
        started.child.kill('SIGKILL');
        return 'lost';
      },
    };
  });
  expect(await started.ended).toMatchObject({ code: null, stdout: '' });
  await expectVersions(ids, createSealer([newKey, oldKey]), 1);

  expect(await keysJson('rotate', newKey, oldKey)).toMatchObject({ code: 0, report: { resealed: left } });
  await expectVersions(ids, createSealer([newKey]), 1);
});

describe('as a command', () => {
  test('without its configuration it says what is missing, and never a value', async () => {
    const ran = await runCommand(['keys', 'status'], { SUPABASE_SECRET_KEY: 'sb_secret_value' });
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain('SUPABASE_URL is missing');
    expect(ran.stderr).toContain('TOKEN_ENCRYPTION_KEYS is missing');
    expect(ran.stderr).not.toContain('sb_secret_value');
  });

  test('it does not seal with the key of the example where the database is not local', async () => {
    const example = 'local:bG9jYWwtb25seS1sb2NhbC1vbmx5LWxvY2FsLW9ubHk';
    const env = { ...envWith(newKey), TOKEN_ENCRYPTION_KEYS: example };
    const ran = await runCommand(['keys', 'rotate'], { ...env, SUPABASE_URL: 'https://ref.supabase.co' });
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain('.env.example');
    expect((await runCommand(['keys', 'rotate'], env)).code).toBe(0);
  });

  test('a database that does not answer, or refuses the key, is a failure with advice', async () => {
    const away = await runCommand(['keys', 'status'], {
      ...envWith(newKey),
      SUPABASE_URL: 'http://127.0.0.1:9',
    });
    expect([away.code, away.stdout]).toEqual([1, '']);
    expect(away.stderr).toContain('Check SUPABASE_URL and SUPABASE_SECRET_KEY');
    const wrong = { ...envWith(newKey), SUPABASE_SECRET_KEY: 'sb_secret_wrong' };
    const refused = await runCommand(['keys', 'status'], wrong);
    expect([refused.code, refused.stderr.includes('sb_secret_wrong')]).toEqual([1, false]);
  });

  test('it reads .env, and the environment comes first', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'keys-'));
    try {
      const lines = Object.entries(envWith(oldKey)).map(([name, value]) => `${name}=${value}`);
      await writeFile(path.join(directory, '.env'), lines.join('\n'));
      const byFile = await runCommand(['keys', 'status', '--json'], {}, directory);
      expect(JSON.parse(byFile.stdout).keys).toMatchObject([{ kid: 'old', role: 'seals' }]);
      const both = await runCommand(['keys', 'status', '--json'], envWith(newKey), directory);
      expect(JSON.parse(both.stdout).keys).toMatchObject([{ kid: 'new', role: 'seals' }]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test.concurrent.each([
    [['--help'], /keys .*TOKEN_ENCRYPTION_KEYS/s],
    [['keys', '--help'], /status .*rotate /s],
    [['keys', 'status', '--help'], /--json.*Exit codes:.*4 {2}something does not open/s],
    [['keys', 'rotate', '--help'], /while the site works.*--json.*Exit codes:/s],
  ])('%j tells how it is used', async (args, text) => {
    const ran = await runCommand(args, {});
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toMatch(text);
  });

  test.concurrent.each([
    [['key']],
    [['keys', 'rotat']],
    [['keys', 'status', '--jsn']],
    [['keys', 'status', 'now']],
    [['keys']],
    [[]],
  ])('%j is not understood: exit 2, and the way is shown', async (args) => {
    const ran = await runCommand(args, {});
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).not.toBe('');
  });
});
