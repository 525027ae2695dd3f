import type { EndpointName } from './endpoints.ts';

/** One request to the imitated API, as it arrived and as it was answered. */
export type RecordedRequest = {
  /** Null when the path or method is none of TikTok's. */
  endpoint: EndpointName | null;
  method: string;
  path: string;
  query: Record<string, string>;
  /** Emulator's clock, milliseconds since the epoch. */
  at: number;
  /** Null while under way, and for ever when the client got no answer. */
  status: number | null;
  errorCode: string | null;
  grantType?: string;
  username?: string;
  publishId?: string;
  /** Of the post that an init is for; a draft's has none. */
  title?: string;
  /** The body of a JSON call. Forms carry secrets and are not kept. */
  body?: unknown;
  /** What a chunk was said to be. */
  contentType?: string;
  /** How the answer was spoilt. */
  fault?: string;
};
