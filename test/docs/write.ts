import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../../src/openapi/document.ts';
import { apiTypes } from '../openapi/types.ts';
import { errorsPage } from './errors-page.ts';
import { troubleshootingPage } from './troubleshooting.ts';

const write = (file: string, text: string) => writeFileSync(new URL(`../../${file}`, import.meta.url), text);

write('docs/errors.md', errorsPage());
write('docs/troubleshooting.md', troubleshootingPage());
write('docs/openapi.json', `${JSON.stringify(openApiDocument(), null, 2)}\n`);
write('local/api-types.ts', await apiTypes());
