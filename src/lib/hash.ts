import { createHash } from 'node:crypto';

/** Takes the SHA-256 of bytes that pass through. */
export interface RunningSha256 {
  over(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Of what has passed, as 43 characters of base64url. */
  soFar(): string;
}

export function runningSha256(): RunningSha256 {
  const hash = createHash('sha256');
  return {
    async *over(bytes) {
      for await (const piece of bytes) {
        hash.update(piece);
        yield piece;
      }
    },
    soFar: () => hash.copy().digest('base64url'),
  };
}

/** SHA-256 as 43 characters of base64url. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
