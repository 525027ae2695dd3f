import { constants, type FileHandle, open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { MAX_VIDEO_BYTES } from '../contract.ts';
import { MediaError } from '../media/errors.ts';
import { sniffVideo } from '../media/sniff.ts';
import type { MediaSource } from '../media/source.ts';
import { parseMediaUrl } from '../media/url.ts';

const HEAD_BYTES = 4096;
const PIECE_BYTES = 256 * 1024;

export function isLocal(url: string): boolean {
  return url.startsWith('file:');
}

/**
 * The same source, which reads files of this machine as well. What tells a file's versions apart is all that the system
 * keeps of them; they are looked at again after each piece that was read, so that nothing is sent of a file that changes.
 */
export function withLocalFiles(remote: MediaSource): MediaSource {
  return {
    async describe(url, timeoutMs) {
      if (!isLocal(url)) return remote.describe(url, timeoutMs);
      await using file = await openFile(url);
      const contentType = sniffVideo(await file.read(0, Math.min(HEAD_BYTES, file.sizeBytes)));
      if (!contentType) throw new MediaError('media_not_video');
      const { sizeBytes, identity } = file;
      return { sizeBytes, identity, contentType, isVersioned: true, hasRanges: true };
    },

    async readPart(url, startByte, endByte, timeoutMs) {
      if (!isLocal(url)) return remote.readPart(url, startByte, endByte, timeoutMs);
      await using file = await openFile(url);
      const { sizeBytes, identity } = file;
      return { sizeBytes, identity, bytes: await file.read(startByte, Math.min(endByte, sizeBytes)) };
    },

    async open(url, startByte, timeoutMs) {
      if (!isLocal(url)) return remote.open(url, startByte, timeoutMs);
      const file = await openFile(url);
      let atByte = startByte;
      return {
        identity: file.identity,
        startByte,
        async *take(byteCount) {
          const endByte = atByte + byteCount;
          while (atByte < endByte) {
            const piece = await file.read(atByte, Math.min(atByte + PIECE_BYTES, endByte));
            atByte += piece.byteLength;
            yield piece;
          }
        },
        [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
      };
    },

    [Symbol.asyncDispose]: () => remote[Symbol.asyncDispose](),
  };
}

/** @throws {MediaError} if it is not there, or nothing to be sent. */
async function openFile(url: string) {
  // Not to wait for whoever writes into a pipe.
  const handle = await open(fileURLToPath(url), constants.O_RDONLY | constants.O_NONBLOCK).catch(unreadable);
  try {
    const { sizeBytes, identity, isFile } = await look(handle);
    if (!isFile) throw new MediaError('media_unreachable', { details: 'It is no file.' });
    if (sizeBytes === 0) throw new MediaError('media_empty');
    if (sizeBytes > MAX_VIDEO_BYTES) throw new MediaError('media_too_large');
    return {
      sizeBytes,
      identity,
      /** @throws {MediaError} if the file is not what it was when it was opened. */
      async read(startByte: number, endByte: number): Promise<Uint8Array> {
        const bytes = new Uint8Array(endByte - startByte);
        const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, startByte).catch(unreadable);
        if ((await look(handle)).identity !== identity)
          throw new MediaError('media_changed', { isTemporary: true });
        if (bytesRead === 0 && bytes.byteLength > 0) throw new MediaError('media_unreachable');
        return bytes.subarray(0, bytesRead);
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function look(handle: FileHandle) {
  const stats = await handle.stat({ bigint: true });
  const { size, dev, ino, mtimeNs, ctimeNs } = stats;
  return {
    sizeBytes: Number(size),
    identity: `${size} ${[dev, ino, mtimeNs, ctimeNs].map((part) => part.toString(36)).join('-')}`,
    isFile: stats.isFile(),
  };
}

function unreadable(error: NodeJS.ErrnoException): never {
  throw new MediaError('media_unreachable', { details: `The system says ${error.code ?? 'no more'}.` });
}

/** Where media may be read: files of this machine, and public addresses. */
export function parseMediaWith(allowedOrigins: readonly string[]): (text: string) => URL | null {
  return (text) =>
    isLocal(text) && URL.canParse(text) ? new URL(text) : parseMediaUrl(text, allowedOrigins);
}
