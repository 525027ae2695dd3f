import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { COMMAND_VARIABLES } from '../../src/config.ts';
import { runCommand } from './command.ts';

const PAGE = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

// Each test starts processes, which a busy machine is slow to do.
vi.setConfig({ testTimeout: 120_000 });

const COMMANDS: [string, RegExp][] = [
  ['', /authorize.*accounts.*tokens.*publish.*settle.*status.*cancel.*creator-info.*videos.*keys/s],
  ['authorize', /--print-url.*--port.*--scopes.*--timeout.*http:\/\/127\.0\.0\.1:\*\/callback/s],
  ['accounts', /list.*show.*forget/s],
  ['accounts list', /--json/],
  ['accounts show', /--json/],
  ['accounts forget', /--json.*--local/s],
  ['tokens', /list.*show/s],
  ['tokens list', /--json/],
  ['tokens show', /--json.*--reveal/s],
  [
    'publish',
    /--json.*--video.*--photo.*--title.*--description.*--privacy-level.*--disable-comment.*--disable-duet.*--disable-stitch.*--brand-content.*--brand-organic.*--is-aigc.*--auto-add-music.*--photo-cover-index.*--video-cover-timestamp-ms.*--mode.*--transfer.*--agree.*--no-wait.*--resume/s,
  ],
  ['settle', /published or not-published/],
  ['status', /--json.*--account.*--token-file/s],
  ['cancel', /--json.*--account.*--token-file/s],
  ['creator-info', /--json.*--account.*--token-file/s],
  ['videos', /list.*show/s],
  ['videos list', /--json.*--all/s],
  ['videos show', /--json/],
];

test.concurrent.each(COMMANDS)('%s --help tells how it is used and how it ends', async (command, text) => {
  const ran = await runCommand([...command.split(' ').filter(Boolean), '--help'], {});
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  const flat = ran.stdout.replace(/\s+/g, ' ');
  expect(flat).toMatch(text);
  if (flat.includes('--json')) expect(flat).toMatch(/Exit codes: 0 done/);
  // And so does the page.
  const names = flat.match(/--[a-z][a-z-]+/g) ?? [];
  expect(names.filter((name) => name !== '--help' && !PAGE.includes(name))).toEqual([]);
  expect(PAGE).toContain(`\`${command}`);
});

test('the page names each variable that is the command line’s own', () => {
  const own = COMMAND_VARIABLES.filter((name) => name !== 'GITHUB_ACTIONS');
  expect(own.filter((name) => !PAGE.includes(`\`${name}\``))).toEqual([]);
});

test('the page and the help tell of the same exit codes', async () => {
  const { stdout } = await runCommand(['publish', '--help'], {});
  const codes = [...stdout.matchAll(/^ {2}(\d[\d, ]*) {2}/gm)].map(([, code]) => code);
  const told = [...PAGE.matchAll(/^\| (\d[\d, ]*) \|/gm)].map(([, code]) => code);
  expect(told).toEqual(codes);
});

test.concurrent.each([
  ['authorise'],
  ['publish', '--mode', 'story'],
  ['publish', '--photo-cover-index', 'first'],
  ['accounts', 'steal'],
  ['status'],
  ['videos', 'show'],
  ['tokens', 'show', '--revealed'],
  ['authorize', '--port', '-1'],
])('%s %s %s is not understood: exit 2', async (...args) => {
  const ran = await runCommand(args, {});
  expect([ran.code, ran.stdout]).toEqual([2, '']);
  expect(ran.stderr).not.toBe('');
});
