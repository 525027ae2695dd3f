import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { FIELD_ERRORS } from '../../src/contract.ts';
import { openApiDocument, problemsOf } from '../../src/openapi/document.ts';
import { ELSEWHERE, MEDIA_REFUSALS, OPERATIONS, type Operation } from '../../src/openapi/operations.ts';
import { apiPage } from '../../src/openapi/page.ts';
import { lintProblems } from './lint.ts';
import { apiTypes } from './types.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');
const functionOf = ({ answeredBy, path }: Operation) => answeredBy ?? path.split('/')[1] ?? '';

test('docs/openapi.json and the types of the client are what the contract says; `npm run docs` writes them', async () => {
  expect(read('docs/openapi.json')).toBe(`${JSON.stringify(openApiDocument(), null, 2)}\n`);
  expect(read('local/api-types.ts')).toBe(await apiTypes());
});

test('the linter finds nothing, and would find a mistake', async () => {
  expect(await lintProblems()).toEqual([]);
  const document = structuredClone(openApiDocument()) as Record<string, Record<string, never>>;
  document.paths = { ...document.paths, '/nowhere': { get: { responses: {} } } } as never;
  expect(await lintProblems(document)).not.toEqual([]);
});

test('every function is in the document, but for those that only the schedule calls', () => {
  const functions = readdirSync(new URL('netlify/functions/', ROOT)).map((name) => name.replace(/\.ts$/, ''));
  const scheduled = functions.filter((name) => /schedule: /.test(read(`netlify/functions/${name}.ts`)));
  expect([...new Set([...OPERATIONS.map(functionOf), ...scheduled])].sort()).toEqual(functions.sort());
  expect(scheduled).toEqual(['social-refresh-tiktok', 'social-worker-tiktok']);
});

test('every route of a function has an operation, and the other way round', () => {
  const routes = OPERATIONS.map(({ method, path, ...operation }) => {
    const below = path.split('/').slice(2).join('/').replace('{id}', ':id');
    return `${functionOf({ method, path, ...operation })} ${method.toUpperCase()} ${below}`.trim();
  });
  const written = [...new Set(OPERATIONS.map(functionOf))].flatMap((name) => {
    const text = read(`netlify/functions/${name}.ts`);
    const found = text.matchAll(
      /^(?: {2}async '?| {2}|.*endpoint\(app, \{ )(GET|POST|PUT|PATCH|DELETE)( \/:id[/\w]*)?'?[(:]/gm,
    );
    return [...found].map(([, method, below = '']) => `${name} ${method} ${below.trim().slice(1)}`.trim());
  });
  // Words below a name that is a function's own, and the name of its own that one address below another leads to.
  const aliases: Record<string, string> = {
    'tiktok-app POST :id': 'tiktok-app POST test',
    'social-posts-check POST :id': 'social-posts-check POST check',
  };
  const expected = written
    .map((route) => aliases[route] ?? route)
    .filter((route) => route !== 'social-posts-check POST');
  expect(routes.sort()).toEqual(expected.sort());
});

describe('the codes of problems', () => {
  const sources = readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
    .filter((name) => /^src\/(core|http)\/.*\.ts$/.test(name));
  /** `401 token_missing`, as it is thrown, and where. */
  const thrown = new Map<string, Set<string>>();
  const note = (problem: string, file: string) =>
    thrown.set(problem, (thrown.get(problem) ?? new Set<string>()).add(file));
  for (const file of sources) {
    const text = read(file);
    for (const [, status, code] of text.matchAll(/new RequestError\(\s*(\d{3}),\s*'(\w+)'/g))
      note(`${status} ${code}`, file);
    for (const [, status, code] of text.matchAll(/status: (\d{3}),\s*code: '(\w+)'/g))
      note(`${status} ${code}`, file);
  }
  /** Where a code is no literal: what stands in its place, each looked at by hand. */
  const COMPUTED: Record<string, readonly string[]> = {
    'src/core/on-behalf.ts': [
      '409 reauth_required',
      '503 token_refresh_failed',
      '503 token_unreadable',
      '503 tiktok_app_changed',
    ],
    'src/core/posts.ts': ['409 scope_missing', ...MEDIA_REFUSALS.map((code) => `422 ${code}`)],
    'src/core/videos.ts': ['409 scope_missing'],
    'src/core/post-check.ts': ['422 consent_mismatch', '422 consent_required'],
  };
  for (const [file, problems] of Object.entries(COMPUTED))
    for (const problem of problems) note(problem, file);

  const documented = new Map<string, Operation[]>();
  for (const operation of OPERATIONS) {
    for (const [status, codes] of problemsOf(operation)) {
      for (const code of codes) {
        const problem = `${status} ${code}`;
        documented.set(problem, [...(documented.get(problem) ?? []), operation]);
      }
    }
  }
  const isField = (problem: string) => /^400 /.test(problem) && Object.hasOwn(FIELD_ERRORS, problem.slice(4));

  test('that the code throws are in the document, with their status; and no others are', () => {
    const elsewhere = Object.entries(ELSEWHERE).flatMap(([status, codes]) =>
      codes.map((code) => `${status} ${code}`),
    );
    expect([...documented.keys(), ...elsewhere].filter((problem) => !isField(problem)).sort()).toEqual(
      [...thrown.keys()].filter((problem) => !isField(problem)).sort(),
    );
  });

  test('of a field are each answered somewhere', () => {
    const codes = [...documented.keys()].filter(isField).map((problem) => problem.slice(4));
    const consents = ['consent_mismatch', 'consent_required'];
    expect([...codes, ...consents].sort()).toEqual(Object.keys(FIELD_ERRORS).sort());
  });

  test('that an operation is said to answer are thrown by a file that its function is bundled with', async () => {
    const functions = [...new Set(OPERATIONS.map(functionOf))];
    const { metafile } = await build({
      entryPoints: functions.map((name) => fileURLToPath(new URL(`netlify/functions/${name}.ts`, ROOT))),
      absWorkingDir: fileURLToPath(ROOT),
      outdir: 'unwritten',
      write: false,
      bundle: true,
      metafile: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
    });
    const bundles = new Map(
      Object.values(metafile.outputs).map(({ entryPoint = '', inputs }) => [
        /(\w[\w-]*)\.ts$/.exec(entryPoint)?.[1],
        // What tree shaking leaves of a file is no byte where nothing of it is used.
        new Set(
          Object.entries(inputs)
            .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
            .map(([file]) => file),
        ),
      ]),
    );
    const strays = [...documented]
      .filter(([problem]) => !isField(problem))
      .flatMap(([problem, operations]) =>
        operations
          .filter(
            (operation) =>
              ![...(thrown.get(problem) ?? [])].some((file) => bundles.get(functionOf(operation))?.has(file)),
          )
          .map(({ id }) => `${id}: ${problem}`),
      );
    expect(strays).toEqual([]);
  });
});

test('what is deployed carries nothing of the document', () => {
  const strays = ['src', 'netlify/functions']
    .flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, ROOT), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name}`,
      ),
    )
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('src/openapi/'))
    .filter((file) => /from '[^']*\/openapi\//.test(read(file)));
  expect(strays).toEqual([]);
});

describe('the page', () => {
  const html = apiPage();

  test('shows every operation and every answer, and its links lead somewhere', () => {
    const ids = new Set([...html.matchAll(/ id="(\w+)"/g)].map(([, id]) => id));
    for (const { id } of OPERATIONS) expect(ids).toContain(id);
    const links = [...html.matchAll(/href="#(\w+)"/g)].map(([, id]) => id);
    expect(links.filter((id) => !ids.has(id))).toEqual([]);
  });

  test('runs no script, has no style of its own, and loads from its site alone', () => {
    expect(html).not.toMatch(/<script|<style|style=|onclick|https?:\/\/[^<]*"/);
  });
});
