import type { createApp } from '../../src/app.ts';
import { secret } from '../../src/lib/secret.ts';
import type { Emulator } from '../emulator/emulator.ts';

export interface GrantedAccount {
  userId: string;
  displayName: string | null;
  clientKey: string;
}

/** An account as the callback saves it, of a consent that was given without a page. Returns its id. */
export async function saveGranted(
  { accounts }: Pick<ReturnType<typeof createApp>, 'accounts'>,
  granted: ReturnType<Emulator['grant']>,
  account: GrantedAccount,
): Promise<string> {
  const { id } = await accounts.save({
    ...account,
    askedAt: null,
    openId: granted.open_id,
    avatarUrl: null,
    scopes: granted.scope.split(','),
    authMethod: 'shared',
    tokens: {
      accessToken: secret(granted.access_token),
      refreshToken: secret(granted.refresh_token),
      accessExpiresInSeconds: granted.expires_in,
      refreshExpiresInSeconds: granted.refresh_expires_in,
    },
  });
  return id;
}
