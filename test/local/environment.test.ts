import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  composeEnvironment,
  type Environment,
  findExternal,
  readSettings,
  readSources,
  type Sources,
} from '../../local/environment.ts';

const example: Environment = (await readSources(path.resolve(import.meta.dirname, '../..'), {})).example;
const addresses = {
  siteUrl: 'http://localhost:9000',
  supabaseUrl: 'http://127.0.0.1:9001',
  tiktokUrl: 'http://127.0.0.1:9002',
  mediaUrl: 'http://127.0.0.1:9003',
};

function sources(given: Partial<Sources> = {}): Sources {
  return { example, file: {}, process: {}, ...given };
}

describe('with nothing set', () => {
  test('everything is started here, and the site is told where', () => {
    expect(findExternal(sources())).toEqual({ supabase: false, tiktok: false });
    expect(composeEnvironment(sources(), addresses)).toEqual({
      ...example,
      TIKTOK_REDIRECT_URI: 'http://localhost:9000/.netlify/functions/tiktok-callback',
      TIKTOK_API_URL: 'http://127.0.0.1:9002',
      TIKTOK_AUTHORIZE_URL: 'http://127.0.0.1:9002/v2/auth/authorize/',
      TIKTOK_VERIFIED_URLS: 'http://127.0.0.1:9003/verified/',
      SUPABASE_URL: 'http://127.0.0.1:9001',
      APP_ORIGINS: 'http://localhost:9000',
      MEDIA_ALLOWED_ORIGINS: 'http://127.0.0.1:9003',
    });
  });

  test('a plain copy of the example changes nothing', () => {
    const copied = sources({ file: example });
    expect(findExternal(copied)).toEqual({ supabase: false, tiktok: false });
    expect(composeEnvironment(copied, addresses)).toEqual(composeEnvironment(sources(), addresses));
  });
});

test('the process wins over .env, and a changed .env over what was started', () => {
  const composed = composeEnvironment(
    sources({
      file: {
        ...example,
        TIKTOK_VERIFIED_URLS: 'https://file.example/',
        APP_ORIGINS: 'https://file.example',
      },
      process: { APP_ORIGINS: 'https://process.example' },
    }),
    addresses,
  );
  expect(composed).toMatchObject({
    TIKTOK_VERIFIED_URLS: 'https://file.example/',
    APP_ORIGINS: 'https://process.example',
    MEDIA_ALLOWED_ORIGINS: 'http://127.0.0.1:9003',
  });
});

test('media of somebody else are allowed beside our own', () => {
  const process = { MEDIA_ALLOWED_ORIGINS: 'http://127.0.0.1:7002' };
  expect(composeEnvironment(sources({ process }), addresses).MEDIA_ALLOWED_ORIGINS).toBe(
    'http://127.0.0.1:7002,http://127.0.0.1:9003',
  );
});

describe('TikTok from outside', () => {
  test.each(['file', 'process'] as const)('is named in the %s', (source) => {
    const given = sources({ [source]: { TIKTOK_API_URL: 'http://127.0.0.1:7000' } });
    expect(findExternal(given).tiktok).toBe(true);
    const composed = composeEnvironment(given, addresses);
    expect(composed).toMatchObject({
      TIKTOK_API_URL: 'http://127.0.0.1:7000',
      TIKTOK_AUTHORIZE_URL: 'http://127.0.0.1:7000/v2/auth/authorize/',
    });
  });

  test('even with the address of the example, where the process names it', () => {
    const { TIKTOK_API_URL = '' } = example;
    expect(findExternal(sources({ process: { TIKTOK_API_URL } })).tiktok).toBe(true);
    expect(findExternal(sources({ file: { TIKTOK_API_URL } })).tiktok).toBe(false);
  });

  test('may ask its users wherever it says', () => {
    const process = {
      TIKTOK_API_URL: 'http://127.0.0.1:7000',
      TIKTOK_AUTHORIZE_URL: 'http://localhost:7001/ask/',
    };
    expect(composeEnvironment(sources({ process }), addresses)).toMatchObject(process);
  });

  test('TikTok itself is asked where the default says', () => {
    const process = { TIKTOK_API_URL: 'https://open.tiktokapis.com' };
    const composed = composeEnvironment(sources({ process }), addresses);
    expect(composed.TIKTOK_AUTHORIZE_URL).toBe('');
  });
});

describe('a Supabase from outside', () => {
  const SUPABASE_URL = 'https://project.supabase.example';

  test('must come with its keys', () => {
    expect(() => findExternal(sources({ process: { SUPABASE_URL } }))).toThrow(
      /set SUPABASE_PUBLISHABLE_KEY and SUPABASE_SECRET_KEY too/,
    );
    expect(() => findExternal(sources({ process: { SUPABASE_URL, SUPABASE_SECRET_KEY: 's' } }))).toThrow(
      /set SUPABASE_PUBLISHABLE_KEY too/,
    );
  });

  test('may use the old names, and nothing of the local one is left beside them', () => {
    const process = { SUPABASE_URL, SUPABASE_ANON_KEY: 'anon', SUPABASE_SERVICE_ROLE_KEY: 'service' };
    const composed = composeEnvironment(sources({ process, file: example }), addresses);
    expect(composed).toMatchObject({
      ...process,
      SUPABASE_PUBLISHABLE_KEY: '',
      SUPABASE_SECRET_KEY: '',
      SUPABASE_JWT_SECRET: '',
    });
  });
});

test('keys set outside are those our own Supabase and TikTok are started with', () => {
  const settings = readSettings(
    sources({ process: { SUPABASE_SECRET_KEY: 'sb_secret_mine', TIKTOK_CLIENT_KEY: 'my-key' } }),
  );
  expect(settings.supabaseKeys.secretKey).toBe('sb_secret_mine');
  expect(settings.app.clientKey).toBe('my-key');
});

test.each(['0', '65536', 'x', '80.5'])('PORT=%s is refused', (PORT) => {
  expect(() => readSettings(sources({ process: { PORT } }))).toThrow(/^PORT must be/);
});

test('PORT moves the site and is not handed on', () => {
  const given = sources({ process: { PORT: '9999' } });
  expect(readSettings(given).port).toBe(9999);
  expect(readSettings(sources()).port).toBeNull();
  expect(composeEnvironment(given, addresses).PORT).toBeUndefined();
});

test('.env may be missing, and an empty value is no value', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'environment-test-'));
  await writeFile(path.join(directory, '.env.example'), 'A=1\nB=\n');
  expect(await readSources(directory, { C: ' 2 ', D: '' })).toEqual({
    example: { A: '1' },
    file: {},
    process: { C: '2' },
  });
  await rm(directory, { recursive: true });
});
