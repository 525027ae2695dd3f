import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeStackFile } from '../../local/stack-file.ts';

test('the stack file has exactly the addresses, and goes away again', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'stack-file-test-'));
  const file = path.join(directory, '.local', 'stack.json');
  const addresses = {
    siteUrl: 'http://localhost:1',
    supabaseUrl: 'http://127.0.0.1:2',
    publishableKey: 'sb_publishable_x',
    tiktokUrl: 'http://127.0.0.1:3',
  };
  const withMore = { ...addresses, mediaUrl: 'http://127.0.0.1:4' };
  const remove = await writeStackFile(file, withMore);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(addresses);
  expect(await readdir(path.dirname(file))).toEqual(['stack.json']);
  remove();
  expect(await readdir(path.dirname(file))).toEqual([]);
  await rm(directory, { recursive: true });
});
