import type { Env } from '../config.ts';
import { checkUp, type Finding } from './checkup.ts';
import { EXIT, type ExitCode } from './exit.ts';

interface Options {
  json?: true;
  site?: string;
}

const SIGNS: Record<Finding['state'], string> = { ok: '✓', warning: '!', wrong: '✗', skipped: '-' };

/** Says of all that the site stands on how it is, a line each. @returns the exit code. */
export async function doctor(env: Env, { json, site }: Options): Promise<ExitCode> {
  if (site !== undefined && !URL.canParse(site)) {
    process.stderr.write('--site: give the address of the site, such as https://app.example.com\n');
    return EXIT.usage;
  }
  const findings = await checkUp(withPlatform(env), {
    siteUrl: site ?? null,
    nodeVersion: process.version,
    now: new Date(),
  });
  const isWell = !findings.some(({ state }) => state === 'wrong');
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.map(
    ({ name, state, message }) => `${SIGNS[state]} ${name.padEnd(width)}  ${message}`,
  );
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  const verdict = isWell ? 'Nothing would break.' : `${wrong} to mend.`;
  process.stdout.write(
    json ? `${JSON.stringify({ isWell, findings })}\n` : `${[...lines, '', verdict].join('\n')}\n`,
  );
  return isWell ? EXIT.done : EXIT.failed;
}

/** What runs against a database on this machine is judged as local work is, everything else as a deployed site. */
function withPlatform(env: Env): Env {
  const { SUPABASE_URL: url = '' } = env;
  const isLocal = URL.canParse(url) && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname);
  return isLocal ? { NETLIFY_DEV: 'true', ...env } : env;
}
