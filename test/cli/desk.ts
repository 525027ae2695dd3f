import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { EmulatorOptions } from '../emulator/emulator.ts';
import { serveEmulator } from '../emulator/serve.ts';
import { type Ran, startCommand } from './command.ts';

const SECRET = 'desk-client-secret-that-nobody-may-see';

/** Somebody's desk: a directory of their own, TikTok's emulator over HTTP, and the command in processes of its own. */
export async function createDesk(options: Partial<EmulatorOptions> = {}) {
  const { apps: [app] = [], ...rest } = options;
  const directory = await mkdtemp(path.join(tmpdir(), 'desk-'));
  const tiktok = await serveEmulator({
    ...rest,
    apps: [
      {
        clientKey: 'desk-client-key',
        clientSecret: SECRET,
        redirectUris: ['http://127.0.0.1:*/callback'],
        ...app,
      },
    ],
  });
  const env: Record<string, string> = {
    XDG_CONFIG_HOME: directory,
    HOME: directory,
    TIKTOK_CLIENT_KEY: 'desk-client-key',
    TIKTOK_CLIENT_SECRET: SECRET,
    TIKTOK_API_URL: tiktok.url,
    TIKTOK_AUTHORIZE_URL: `${tiktok.url}/v2/auth/authorize/`,
    TIKTOK_SCOPES: 'user.info.basic,video.publish,video.upload,video.list',
  };
  const outputs: { args: readonly string[]; text: string }[] = [];

  function start(args: readonly string[], more: Record<string, string> = {}, stdin?: 'pipe') {
    const started = startCommand(args, { ...env, ...more }, directory, stdin);
    const ended = started.ended.then((ran) => {
      outputs.push({ args, text: ran.stdout + ran.stderr });
      return ran;
    });
    return { child: started.child, ended };
  }

  const desk = {
    directory,
    tiktok,
    emulator: tiktok.emulator,
    env,
    start,
    run: (args: readonly string[], more?: Record<string, string>): Promise<Ran> => start(args, more).ended,

    /** With `--json`: the exit code, and what was printed. */
    async json(args: readonly string[], more?: Record<string, string>) {
      const { code, stdout, stderr } = await start([...args, '--json'], more).ended;
      // biome-ignore lint/suspicious/noExplicitAny: what a command prints is what the test is about
      const printed: any = stdout.trim() === '' ? null : JSON.parse(stdout);
      return { code, printed, stderr };
    },

    async file(name: string, bytes: Uint8Array | string): Promise<string> {
      const file = path.join(directory, name);
      await writeFile(file, bytes);
      return file;
    },

    /** `authorize`, by a person who says yes to everything unless told. @returns how it ended. */
    async authorize(change: { decision?: string; username?: string; args?: string[] } = {}): Promise<Ran> {
      const { child, ended } = start(
        ['authorize', '--print-url', '--json', ...(change.args ?? [])],
        {},
        'pipe',
      );
      const url = await printedUrl(child);
      const back = await consent(url, change);
      await fetch(back);
      return ended;
    },

    published: () => tiktok.emulator.ledger().filter(({ published }) => published),
    inits: () => tiktok.emulator.requests().filter(({ endpoint }) => endpoint?.endsWith('_init')),

    /** Nothing that was printed so far is a secret, but for what was asked to be revealed or masked. */
    expectNoSecrets() {
      for (const { args, text } of outputs) {
        const seen = text.replace(/^::add-mask::.*$/gm, '');
        if (args.includes('--reveal')) continue;
        expect(
          seen.match(/\b(act|rft|clt)\.[\w!*.-]{8,}|upload\/\?|upload_token|[?&]code=/g),
          args.join(' '),
        ).toBeNull();
        expect(seen, args.join(' ')).not.toContain(SECRET);
      }
    },

    /** All that lies in the desk's directory of ours, by path. */
    async files(): Promise<Record<string, string>> {
      const root = path.join(directory, 'tiktok-publisher');
      const names = await readdir(root, { recursive: true, withFileTypes: true });
      const files = names.filter((entry) => entry.isFile() && !/\.(lock|lease)$/.test(entry.name));
      return Object.fromEntries(
        await Promise.all(
          files.map(async ({ parentPath, name }) => {
            const file = path.join(parentPath, name);
            return [path.relative(root, file), await readFile(file, 'utf8')] as const;
          }),
        ),
      );
    },

    newName: (ending: string) => path.join(directory, `${randomUUID()}${ending}`),

    async [Symbol.asyncDispose]() {
      await tiktok.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return desk;
}
export type Desk = Awaited<ReturnType<typeof createDesk>>;

/** TikTok's address, as soon as the command has printed it. */
export function printedUrl(child: ReturnType<typeof startCommand>['child']): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.on('data', (data) => {
      text += data;
      const url = /^http\S+authorize\S+$/m.exec(text)?.[0];
      if (url) resolve(url);
    });
    child.once('exit', () => reject(new Error(`no address was printed: ${text}`)));
  });
}

/** A person in a browser: opens TikTok's page, decides, and says where they are sent back. */
export async function consent(
  url: string,
  { decision = 'allow', username = 'ada.films' }: { decision?: string; username?: string } = {},
): Promise<string> {
  const html = await (await fetch(url)).text();
  const form = new URLSearchParams();
  for (const [, name = '', value = ''] of html.matchAll(/name="(request_id|scopes)" value="([^"]+)"/g))
    form.append(name, value);
  form.append('username', username);
  form.append('decision', decision);
  const answer = await fetch(new URL('/v2/auth/authorize/', url), {
    method: 'POST',
    body: form,
    redirect: 'manual',
  });
  const location = answer.headers.get('location');
  if (!location) throw new Error(`TikTok shows: ${(await answer.text()).replace(/<[^>]+>/g, ' ')}`);
  return location;
}
