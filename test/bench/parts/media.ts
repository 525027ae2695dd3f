import { serveMedia } from '../../../local/media.ts';
import { servePart } from '../part.ts';

const { url, close } = await serveMedia({ directory: new URL('../../fixtures/', import.meta.url) });
const api = { url: () => url };
export type MediaApi = typeof api;
servePart(api, close);
