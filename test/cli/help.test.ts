import { expect, test, vi } from 'vitest';
import { runCommand } from './command.ts';

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
