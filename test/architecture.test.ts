import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

interface Import {
  /** A path from the root, or a package. */
  target: string;
  isType: boolean;
  isLazy: boolean;
}
interface SourceFile {
  file: string;
  text: string;
  imports: Import[];
}

function sourcesIn(folder: string): SourceFile[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => path.posix.join(folder, name.replaceAll('\\', '/')))
    .sort()
    .map((file) => {
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      return { file, text, imports: importsOf(file, text) };
    });
}

function importsOf(file: string, text: string): Import[] {
  const resolve = (specifier: string) =>
    specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
  // `import … from`, `export … from` and the bare `import '…'`; then `import('…')`, also where it is a type.
  const statements = text.matchAll(/^(?:import|export)\s+(?:([\w*{][^'";]*?)\s*from\s*)?'([^']+)'/gm);
  const calls = text.matchAll(/(typeof\s+)?\bimport\(\s*'([^']+)'\s*\)(\.\w)?/g);
  return [
    ...[...statements].map(([, clause = '', specifier = '']) => ({
      target: resolve(specifier),
      isType: isTypeClause(clause),
      isLazy: false,
    })),
    ...[...calls].map(([, typeOf, specifier = '', member]) => ({
      target: resolve(specifier),
      isType: typeOf !== undefined || member !== undefined,
      isLazy: true,
    })),
  ];
}

/** `type X`, `type * as x`, `type { X }`; also `{ type X, type Y }`. */
function isTypeClause(clause: string): boolean {
  if (/^type\s/.test(clause)) return true;
  const names = /^\{([^}]*)\}$/.exec(clause)?.[1]?.split(',') ?? [];
  return names.some((name) => name.trim()) && names.every((name) => !name.trim() || /^\s*type\s/.test(name));
}

const src = sourcesIn('src');
const functions = sourcesIn('netlify/functions');
/** The command line runs where its operator sits; no function may import it. */
const commandLine = src.filter(({ file }) => file.startsWith('src/cli/'));
/** The page runs in browsers; no function may import it, and it is bundled when the site is built. */
const page = src.filter(({ file }) => file.startsWith('src/web/'));
const deployed = [
  ...src.filter((source) => !commandLine.includes(source) && !page.includes(source)),
  ...functions,
];

const isOurs = (target: string) => target.includes('/') && /\.tsx?$/.test(target);

/** `src/store/rows.ts` belongs to `store`, `src/app.ts` to `app`. */
const layerOf = (file: string) => /^src\/(\w+)/.exec(file)?.[1] ?? path.posix.dirname(file);

test('the imports of a file are understood in each of their forms', () => {
  const text = `
import fs from 'node:fs';
import * as z from 'zod/mini';
import type * as t from './types.ts';
import { one, type Two } from '../one.ts';
import { type Three, type Four } from '../three.ts';
import {
  many,
} from '../many.ts';
import './effect.ts';
export { five } from './five.ts';
export type { Six } from './six.ts';
const seven = await import('./seven.ts');
type Eight = typeof import('./eight.ts');
type Nine = import('./nine.ts').Nine;
const text = "import { no } from 'nowhere'";
`;
  const found = importsOf('src/core/x.ts', text).map(
    ({ target, isType, isLazy }) => `${target}${isType ? ' type' : ''}${isLazy ? ' lazy' : ''}`,
  );
  expect(found).toEqual([
    'node:fs',
    'zod/mini',
    'src/core/types.ts type',
    'src/one.ts',
    'src/three.ts type',
    'src/many.ts',
    'src/core/effect.ts',
    'src/core/five.ts',
    'src/core/six.ts type',
    'src/core/seven.ts lazy',
    'src/core/eight.ts type lazy',
    'src/core/nine.ts type lazy',
  ]);
});

describe('imports go one way', () => {
  const EVERYTHING = ['config', 'contract', 'core', 'http', 'lib', 'media', 'notices', 'store', 'tiktok'];
  /** What each layer may use besides itself; `type x`: its types alone. */
  const MAY_USE: Record<string, readonly string[]> = {
    'netlify/functions': ['app', 'outbound', 'contract', 'http', 'core'],
    app: ['type outbound', ...EVERYTHING],
    outbound: ['tiktok', 'media', 'lib', 'type config'],
    config: ['lib'],
    contract: [],
    notices: ['lib'],
    core: ['tiktok', 'store', 'media', 'lib', 'contract', 'notices', 'type config'],
    http: ['lib', 'contract'],
    tiktok: ['lib', 'contract', 'type config'],
    store: ['lib', 'contract', 'type config'],
    media: ['lib', 'contract', 'notices', 'type config'],
    lib: [],
    web: ['type contract'],
    openapi: ['contract', 'type core'],
    cli: ['app', 'outbound', ...EVERYTHING],
  };

  test.each([...deployed, ...commandLine, ...page].map(({ file, imports }) => [file, imports] as const))(
    '%s',
    (file, imports) => {
      const layer = layerOf(file);
      const mayUse = MAY_USE[layer];
      if (!mayUse) throw new Error(`${layer} has no place in the one-way rule yet`);
      const strays = imports
        .filter(({ target }) => isOurs(target))
        .filter(({ target, isType }) => {
          const used = layerOf(target);
          return used !== layer && !mayUse.includes(used) && !(isType && mayUse.includes(`type ${used}`));
        });
      expect(strays.map(({ target }) => target)).toEqual([]);
    },
  );

  test('neither what is deployed nor the command line imports of the tests or the local environment', () => {
    const strays = [...deployed, ...commandLine, ...page].flatMap(({ file, imports }) =>
      imports
        .filter(({ target }) => /^(test|local)\//.test(target))
        .map(({ target }) => `${file}: ${target}`),
    );
    expect(strays).toEqual([]);
  });

  test("the emulator is a reading of TikTok's documents of its own: it shares no line with src", () => {
    const strays = sourcesIn('test/emulator').flatMap(({ file, imports }) =>
      imports
        .filter(({ target }) => /^(src|netlify)\//.test(target))
        .map(({ target }) => `${file}: ${target}`),
    );
    expect(strays).toEqual([]);
  });
});

describe('packages', () => {
  /** The files through which each package comes in. */
  const DOORS: Record<string, readonly RegExp[]> = {
    '@supabase/supabase-js': [/^src\/store\/supabase\.ts$/],
    jose: [/^src\/lib\/seal\.ts$/, /^src\/http\/caller\.ts$/],
    undici: [/^src\/media\/(source|connect)\.ts$/, /^src\/tiktok\/connections\.ts$/],
    mediabunny: [/^src\/media\/video\.ts$/],
    '@netlify/functions': [/^netlify\/functions\//],
    // Only the small half of zod: every cold start pays for it.
    'zod/mini': [/^src\//],
  };
  const packagesOf = (sources: readonly SourceFile[]) =>
    sources.flatMap(({ file, imports }) =>
      imports.filter(({ target }) => !isOurs(target) && !isBuiltin(target)).map((use) => ({ file, ...use })),
    );
  const uses = packagesOf(deployed);

  test('come in by their doors alone', () => {
    const strays = uses.filter(({ file, target }) => !DOORS[target]?.some((door) => door.test(file)));
    expect(strays.map(({ file, target }) => `${file}: ${target}`)).toEqual([]);
    expect(new Set(uses.map(({ target }) => target))).toEqual(new Set(Object.keys(DOORS)));
  });

  test('that are heavy are imported where they are used, not at the top', () => {
    const early = uses.filter(
      ({ target, isType, isLazy }) => ['undici', 'mediabunny'].includes(target) && !isType && !isLazy,
    );
    expect(early.map(({ file, target }) => `${file}: ${target}`)).toEqual([]);
  });

  // esbuild gives a lazy import of CommonJS nothing else once it splits what it makes (decision 025).
  test('that are lazy and CommonJS are used by their default export', () => {
    const calls = deployed.flatMap(({ file, text }) =>
      [...text.matchAll(/.*await import\('undici'\).*/g)].map(([line]) => ({ file, line })),
    );
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter(({ line }) => !line.includes("(await import('undici')).default"))).toEqual([]);
  });

  test("of Netlify's functions there are only types", () => {
    expect(uses.filter(({ target, isType }) => target === '@netlify/functions' && !isType)).toEqual([]);
  });

  test('that are used are dependencies, and the other way round', () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const used = uses.map(({ target }) => /^(@[^/]+\/)?[^/]+/.exec(target)?.[0]);
    expect(Object.keys(dependencies).sort()).toEqual([...new Set(used)].sort());
  });

  test('of the command line have one door each as well, and are for development', () => {
    const { devDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const found = packagesOf(commandLine)
      .filter(({ isType }) => !isType)
      .map(({ file, target, isLazy }) => `${file}: ${target}${isLazy ? ', when it is needed' : ''}`);
    expect([...new Set(found)]).toEqual([
      'src/cli/authorize.ts: open, when it is needed',
      'src/cli/main.ts: commander',
      'src/cli/progress.ts: cli-progress',
      'src/cli/prompts.ts: @inquirer/prompts, when it is needed',
    ]);
    const names = ['commander', 'cli-progress', 'open', '@inquirer/prompts'];
    expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(names));
  });

  test('of the page have one door each as well, but for Preact, and are for development: the build puts them into it', () => {
    const { devDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const uses = packagesOf(page).filter(({ target }) => !/^preact(\/hooks)?$/.test(target));
    expect(uses.map(({ file, target }) => `${file}: ${target}`)).toEqual([
      'src/web/session/auth.ts: @supabase/auth-js',
      'src/web/session/realtime.ts: @supabase/realtime-js',
    ]);
    expect(devDependencies).toMatchObject({
      preact: expect.anything(),
      '@supabase/auth-js': expect.anything(),
      '@supabase/realtime-js': expect.anything(),
    });
  });

  test('no function loads undici or mediabunny before it has something to fetch', () => {
    const byFile = new Map(src.map((source) => [source.file, source]));
    for (const entry of functions) {
      const loaded = new Set<string>();
      const load = ({ imports }: SourceFile) => {
        for (const { target } of imports.filter(({ isType, isLazy }) => !isType && !isLazy)) {
          if (loaded.has(target)) continue;
          loaded.add(target);
          const next = byFile.get(target);
          if (next) load(next);
        }
      };
      load(entry);
      const heavy = ['undici', 'mediabunny'].filter((name) => loaded.has(name));
      expect([entry.file, loaded.has('src/app.ts'), heavy]).toEqual([entry.file, true, []]);
    }
  });
});

describe('secrets', () => {
  test('are compared in constant time: nowhere is one compared as text', () => {
    const strays = deployed.flatMap(({ file, text }) =>
      text
        .split('\n')
        .filter(
          (line) =>
            /reveal\(\)/.test(line) &&
            /[=!]==?\s|\.(includes|startsWith|endsWith|equals|indexOf|match|localeCompare)\(/.test(line),
        )
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(strays).toEqual([]);
  });

  test('come from callers in two places, and both compare over a fixed length and to the end', () => {
    const comparers = deployed.filter(({ text }) => /\btimingSafeEqual\(/.test(text));
    expect(comparers.map(({ file }) => file)).toEqual(['src/http/run.ts', 'src/tiktok/webhook.ts']);
    // `some`, `find` and `||` would end at the first that fits; `filter` goes through them all.
    for (const { text } of comparers) {
      expect(text).toMatch(/\.filter\(\(secret\) =>[^;]*(;[^;]*)?timingSafeEqual\(/);
      expect(text).not.toMatch(/\.(some|every)\(/);
    }
  });

  // The state and the browser's nonce are 256 random bits of which the database has only hashes: how far two hashes
  // agree tells nothing of what was hashed.
  test('of a flow meet the database as hashes alone', () => {
    const connect = deployed.find(({ file }) => file === 'src/core/connect.ts');
    expect(connect?.text).toMatch(/flows\.consume\(sha256\(state\), sha256\(browserNonce\)\)/);
    expect(connect?.text).toMatch(/stateHash: sha256\(state\),\s*browserHash: sha256\(browserNonce\)/);
  });
});

test('only the roots of the application and of the command line read the environment', () => {
  const readers = [...deployed, ...commandLine, ...page].filter(({ text }) =>
    /\bprocess\b\s*[.[]\s*'?env|node:process|import\.meta\.env/.test(text),
  );
  expect(readers.map(({ file }) => file)).toEqual(expect.arrayContaining(['src/app.ts']));
  expect(
    readers.map(({ file }) => file).filter((file) => !/^src\/(app|config|cli\/main)\.ts$/.test(file)),
  ).toEqual([]);
});

test('src keeps no state outside of its functions, but for the application of the process', () => {
  const holders = src.filter(({ text }) => /^(export )?(let|var) /m.test(text));
  expect(holders.map(({ file }) => file)).toEqual(['src/app.ts']);
});
