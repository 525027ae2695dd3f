import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
export interface PipeOrder {
  from: string;
  to: string;
  sizeBytes: number;
  chunkSizeBytes: number;
  chunkCount: number;
}

/** What a worker would be that only carries bytes: one download, cut into chunks, and nobody asked or told. */
export async function pipe({ from, to, sizeBytes, chunkSizeBytes, chunkCount }: PipeOrder): Promise<void> {
  const agent = new Agent();
  const download = await request(from, { dispatcher: agent });
  const pieces: AsyncIterator<Buffer> = download.body[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  async function* take(byteCount: number) {
    for (let wanted = byteCount; wanted > 0; ) {
      if (rest.length === 0) rest = (await pieces.next()).value;
      const part = rest.subarray(0, wanted);
      rest = rest.subarray(part.length);
      wanted -= part.length;
      yield part;
    }
  }
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    const startByte = chunk * chunkSizeBytes;
    const endByte = chunk === chunkCount - 1 ? sizeBytes : startByte + chunkSizeBytes;
    const { statusCode, body } = await request(to, {
      method: 'PUT',
      dispatcher: agent,
      headers: {
        'content-type': 'video/mp4',
        'content-length': String(endByte - startByte),
        'content-range': `bytes ${startByte}-${endByte - 1}/${sizeBytes}`,
      },
      body: Readable.from(take(endByte - startByte), { objectMode: false }),
    });
    await body.dump();
    if (statusCode >= 300) throw new Error(`chunk ${chunk} was answered with HTTP ${statusCode}`);
  }
  await agent.close();
}
