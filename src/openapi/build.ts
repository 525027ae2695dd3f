import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { openApiDocument } from './document.ts';
import { apiPage } from './page.ts';

/** Puts the document and its page where the site is served from. */
const dist = new URL('../../dist/', import.meta.url);
await mkdir(new URL('api/', dist), { recursive: true });
await Promise.all([
  writeFile(new URL('api/openapi.json', dist), JSON.stringify(openApiDocument())),
  writeFile(new URL('api.html', dist), apiPage()),
  copyFile(new URL('api.css', import.meta.url), new URL('api.css', dist)),
]);
