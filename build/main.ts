import path from 'node:path';
import { buildFunctions } from './functions.ts';
import { buildPage } from './page.ts';

/** `npm run build`: the page into `dist` and the functions into `bundled`, both of the project or of the folder that is named. */
const folder = path.resolve(import.meta.dirname, '..', process.argv[2] ?? '.');
await Promise.all([buildPage(path.join(folder, 'dist')), buildFunctions(path.join(folder, 'bundled'))]);
