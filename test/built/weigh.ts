import { writeFileSync } from 'node:fs';
import { buildSite, bundlesPage } from './build.ts';

writeFileSync(new URL('../../docs/bundles.md', import.meta.url), bundlesPage(await buildSite()));
