import { type ServedEmulator, serveEmulator } from './serve.ts';
import { defaultApp } from './world.ts';

/** `npm run emulator`: TikTok on a port of this machine, with one app made from the site's own variables. */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const port = Number(env.PORT || 8790);
  const served = await start(env, port);
  if (served === undefined) return;
  const { url, emulator } = served;
  const app = emulator.apps()[0] ?? defaultApp();
  console.log(
    [
      `TikTok emulator on ${url}`,
      `  TIKTOK_API_URL=${url}`,
      `  TIKTOK_AUTHORIZE_URL=${url}/v2/auth/authorize/`,
      `  TIKTOK_CLIENT_KEY=${app.clientKey}`,
      `  TIKTOK_REDIRECT_URI=${app.redirectUris.join(' ')}`,
      `  users: ${emulator
        .users()
        .map(({ username }) => `@${username}`)
        .join(', ')}`,
      `  what was published: ${url}/_emulator/ledger`,
    ].join('\n'),
  );
  const webhooks = setInterval(() => void emulator.sendWebhooks(), 1_000);
  const stop = () => {
    clearInterval(webhooks);
    void served.close();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

async function start(env: NodeJS.ProcessEnv, port: number): Promise<ServedEmulator | undefined> {
  try {
    return await serveEmulator({ ...optionsFrom(env), port });
  } catch (error) {
    const busy = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const reason = error instanceof Error ? error.message : String(error);
    console.error(
      busy ? `Port ${port} is busy: set PORT to another one.` : `The emulator cannot start: ${reason}`,
    );
    process.exitCode = 1;
    return undefined;
  }
}

function optionsFrom(env: NodeJS.ProcessEnv) {
  const app = defaultApp();
  return {
    apps: [
      {
        clientKey: env.TIKTOK_CLIENT_KEY?.trim() || app.clientKey,
        clientSecret: env.TIKTOK_CLIENT_SECRET?.trim() || app.clientSecret,
        // The site's, and the command line's.
        redirectUris: [...list(env.TIKTOK_REDIRECT_URI, app.redirectUris), 'http://127.0.0.1:*/callback'],
        webhookUrl: env.TIKTOK_WEBHOOK_URL?.trim() ?? '',
        verifiedProperties: list(env.TIKTOK_VERIFIED_URLS, []),
      },
    ],
    insecureMediaOrigins: list(env.MEDIA_ALLOWED_ORIGINS, []),
  };
}

function list(value: string | undefined, fallback: string[]): string[] {
  const items = (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return items.length === 0 ? fallback : items;
}

await main(process.env);
