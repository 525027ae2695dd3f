import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/operating.md', ROOT), 'utf8');

test('every event that the functions log is on the page, and no other', () => {
  const logged = readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => /^((core|http|store|tiktok)\/.*|outbound)\.ts$/.test(name.replaceAll('\\', '/')))
    .flatMap((name) => [
      ...readFileSync(new URL(`src/${name}`, ROOT), 'utf8').matchAll(
        /\blog(?:\?)?\.(?:info|warn|error)\(\s*'(\w+)'/g,
      ),
    ])
    .map(([, event = '']) => event);
  const [, , table = ''] = page.split('## The other lines')[1]?.split('\n\n') ?? [];
  const told = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, event = '']) => event),
  );
  const elsewhere = ['tick_done', 'request', 'request_failed'];
  for (const event of elsewhere) expect(page).toContain(`\`${event}\``);
  expect([...told, ...elsewhere].sort()).toEqual([...new Set(logged)].sort());
});
