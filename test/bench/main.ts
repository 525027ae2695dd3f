import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres.ts';
import { buildTemplate } from '../support/template.ts';
import { measureClaim } from './claim.ts';
import { measureIdle } from './idle.ts';
import type { Bench } from './measurement.ts';
import { measurePage } from './page.ts';
import { measurePublish } from './publish.ts';
import { measureUpload } from './upload.ts';

const benches: Record<string, Bench> = {
  publish: measurePublish,
  claim: measureClaim,
  upload: measureUpload,
  idle: measureIdle,
  page: measurePage,
};

const { values, positionals } = parseArgs({
  options: { scale: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const scale = Number(values.scale);
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
if (!(scale > 0 && scale <= 1) || unknown.length > 0) {
  console.error(`usage: npm run bench -- [${Object.keys(benches).join('] [')}] [--scale 0.1]`);
  process.exit(2);
}

const postgres = await startPostgres();
try {
  await buildTemplate(postgres.url);
  for (const [name, measure] of Object.entries(benches)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    for await (const line of measure({ serverUrl: postgres.url, scale })) {
      console.log(JSON.stringify(line));
      if (!line.ok) process.exitCode = 1;
    }
  }
} finally {
  await postgres.close();
}
