import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseRange } from './byte-range.ts';

export type MediaServer = { url: string; close: () => Promise<void> };

export type MediaServerOptions = {
  directory: string | URL;
  /** Default 127.0.0.1. */
  hostname?: string;
  /** Default 0: any free port. */
  port?: number;
};

const contentTypes: Record<string, string> = {
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.mov': 'video/quicktime',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
};

/** One plain file name: no folder, nothing hidden, no way up. `/verified/` is a second way to the same file. */
const filePath = /^\/(?:verified\/)?([A-Za-z0-9_][A-Za-z0-9_.-]*)$/;

/** Serves the media files of one directory, with byte ranges, as a storage bucket would. */
export async function serveMedia(options: MediaServerOptions): Promise<MediaServer> {
  const { directory, hostname = '127.0.0.1', port = 0 } = options;
  const root = directory instanceof URL ? fileURLToPath(directory) : directory;
  const server = createServer((request, response) => {
    answer(root, request, response).catch(() => response.destroy());
  });
  await listen(server, port, hostname);
  return {
    url: `http://${hostname}:${(server.address() as AddressInfo).port}`,
    close: () => close(server),
  };
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const found = await findMedia(root, request.url ?? '');
  if (found === null) {
    response.writeHead(404).end();
    return;
  }
  const { file, sizeBytes, headers } = found;
  const range = request.method === 'GET' ? requestedRange(request, sizeBytes, headers) : null;
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${sizeBytes}`, 'accept-ranges': 'bytes' }).end();
    return;
  }
  if (range === null) {
    response.writeHead(200, { ...headers, 'content-length': sizeBytes });
  } else {
    response.writeHead(206, {
      ...headers,
      'content-length': range.lastByte - range.firstByte + 1,
      'content-range': `bytes ${range.firstByte}-${range.lastByte}/${sizeBytes}`,
    });
  }
  if (request.method === 'HEAD' || sizeBytes === 0) {
    response.end();
    return;
  }
  const part = range === null ? {} : { start: range.firstByte, end: range.lastByte };
  await pipeline(createReadStream(file, part), response);
}

type MediaHeaders = {
  'content-type': string;
  etag: string;
  'last-modified': string;
  'accept-ranges': 'bytes';
};

type Media = { file: string; sizeBytes: number; headers: MediaHeaders };

async function findMedia(root: string, requestUrl: string): Promise<Media | null> {
  const [pathname = ''] = requestUrl.split('?');
  const name = filePath.exec(pathname)?.[1];
  const contentType = contentTypes[path.extname(name ?? '').toLowerCase()];
  if (name === undefined || contentType === undefined) return null;
  const file = path.join(root, name);
  const stats = await stat(file).catch(() => null);
  if (stats === null || !stats.isFile()) return null;
  return {
    file,
    sizeBytes: stats.size,
    headers: {
      'content-type': contentType,
      etag: `"${stats.size.toString(16)}-${Math.trunc(stats.mtimeMs).toString(16)}"`,
      'last-modified': stats.mtime.toUTCString(),
      'accept-ranges': 'bytes',
    },
  };
}

/** `If-Range`: the range only if the file is still the one it was asked of, else all of it. */
function requestedRange(request: IncomingMessage, sizeBytes: number, headers: MediaHeaders) {
  const condition = request.headers['if-range'];
  if (condition !== undefined && condition !== headers.etag && condition !== headers['last-modified']) {
    return null;
  }
  return parseRange(request.headers.range, sizeBytes);
}

function listen(server: Server, port: number, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
