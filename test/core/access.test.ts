import { describe, expect, test, vi } from 'vitest';
import { type AccessDeps, createAccountAccess } from '../../src/core/access.ts';
import { startDeadline } from '../../src/core/deadline.ts';
import { createLog } from '../../src/lib/log.ts';
import { secret } from '../../src/lib/secret.ts';
import type { Account } from '../../src/store/rows.ts';
import { OAUTH_ERRORS } from '../../src/tiktok/errors.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

/** An account whose access token lives for so long, looked at with so much of the tick left. */
function arrange({
  tokenSeconds,
  leftMs,
  authMethod = 'shared',
}: {
  tokenSeconds: number;
  leftMs: number;
  authMethod?: Account['authMethod'];
}) {
  const account: Account = {
    id: '6c1f2a7e-0000-4000-8000-000000000001',
    userId: '6c1f2a7e-0000-4000-8000-000000000002',
    openId: 'open-id',
    displayName: null,
    username: null,
    maxVideoDurationSec: null,
    creatorCheckedAt: null,
    creatorFreeAt: null,
    avatarUrl: null,
    scopes: ['video.publish'],
    authMethod,
    clientKey: 'key',
    status: 'connected',
    sealedAccessToken: 'sealed',
    sealedRefreshToken: 'sealed',
    accessTokenExpiresAt: inSeconds(tokenSeconds),
    refreshTokenExpiresAt: inSeconds(1_000_000),
    tokenVersion: 7,
    connectedAt: NOW,
    fence: 1,
  };
  const tokens = {
    accessToken: secret('act.new'),
    refreshToken: secret('rft.new'),
    openId: 'open-id',
    scopes: [],
    accessExpiresInSeconds: 7_200,
    refreshExpiresInSeconds: 15_552_000,
  };
  const deps = {
    accounts: {
      openToken: vi.fn(async () => secret('act.old')),
      rotate: vi.fn(async () => true),
      reload: vi.fn(async () => account),
      requireReauth: vi.fn(async () => true),
      forgetScopes: vi.fn(async () => true),
    },
    tiktok: {
      refreshTokens: vi.fn<AccessDeps['tiktok']['refreshTokens']>(async () => ({ kind: 'ok', tokens })),
    },
    appOf: async () => ({ clientKey: 'key', clientSecret: secret('secret') }),
    log: createLog(() => undefined),
  } satisfies AccessDeps;
  const access = createAccountAccess(
    deps,
    account,
    startDeadline(() => 0, leftMs),
    () => NOW,
  );
  return { deps, access };
}

const misconfigured = Object.entries(OAUTH_ERRORS).filter(([, { meaning }]) => meaning === 'misconfigured');

test.each(misconfigured)(
  'a refresh refused with %s says what that means',
  async (code, { happened, next }) => {
    for (const [authMethod, whose] of [
      ['shared', 'whoever runs this site'],
      ['own', 'PUT tiktok-app'],
    ] as const) {
      const { access, deps } = arrange({ tokenSeconds: 0, leftMs: 20_000, authMethod });
      deps.tiktok.refreshTokens.mockResolvedValue({ kind: 'refused', code, logId: null });
      const later = await access.get();
      expect(later).toMatchObject({
        kind: 'later',
        isOutage: false,
        notice: { code: 'token_refresh_failed' },
      });
      const message = later.kind === 'later' ? later.notice.message : '';
      expect(message).toContain(`${happened} ${next}`);
      expect(message).toContain(whose);
      expect(message.includes('key or secret')).toBe(code === 'invalid_client');
    }
  },
);

describe('a refresh', () => {
  test('is begun only while there is time to wait for its answer and to save it', async () => {
    const early = arrange({ tokenSeconds: 0, leftMs: 11_000 });
    expect((await early.access.get()).kind).toBe('ok');
    expect(early.deps.tiktok.refreshTokens).toHaveBeenCalledOnce();

    const late = arrange({ tokenSeconds: 0, leftMs: 10_999 });
    expect(await late.access.get()).toMatchObject({ kind: 'later', isOutage: true });
    expect((await late.access.renew()).kind).toBe('later');
    expect(late.deps.tiktok.refreshTokens).not.toHaveBeenCalled();
    expect(late.deps.accounts.requireReauth).not.toHaveBeenCalled();
  });

  test('for which there is no time does not stop what a living token can do', async () => {
    const { access, deps } = arrange({ tokenSeconds: 60, leftMs: 5_000 });
    const granted = await access.get();
    expect(granted.kind === 'ok' && granted.token.reveal()).toBe('act.old');
    expect(deps.tiktok.refreshTokens).not.toHaveBeenCalled();
  });

  test('whose token is refused again has the account connected again, by the version it has stored', async () => {
    const { access, deps } = arrange({ tokenSeconds: 0, leftMs: 20_000 });
    await access.get();
    expect((await access.renew()).kind).toBe('reconnect');
    expect(deps.tiktok.refreshTokens).toHaveBeenCalledOnce();
    expect(deps.accounts.requireReauth).toHaveBeenCalledWith(expect.objectContaining({ tokenVersion: 8 }));
  });
});
