import { readFile } from 'node:fs/promises';
import { openApiDocument } from './document.ts';
import { apiPage } from './page.ts';

/** The document and its page, by where they lie in what is served. */
export async function apiFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['api/openapi.json', JSON.stringify(openApiDocument())],
    ['api.html', apiPage()],
    ['api.css', await readFile(new URL('api.css', import.meta.url), 'utf8')],
  ]);
}
