import { outcomeOf, type PublishStatus } from './outcome.ts';
import type { Publish, State } from './state.ts';

/** What became of one accepted init. Instants are milliseconds since the epoch by the emulator's clock. */
export type LedgerEntry = {
  publishId: string;
  clientKey: string;
  openId: string;
  username: string;
  mediaType: 'video' | 'photo';
  mode: 'direct' | 'draft';
  source: 'FILE_UPLOAD' | 'PULL_FROM_URL';
  videoUrl: string | null;
  photoUrls: string[];
  /** As it was sent; empty where none was. */
  postInfo: Record<string, unknown>;
  title: string | null;
  privacyLevel: string | null;
  createdAt: number;
  status: PublishStatus;
  failReason: string | null;
  /** On TikTok for good: what a second one of would be a duplicate. */
  published: boolean;
  publishedAt: number | null;
  /** A draft that reached the user's inbox. */
  delivered: boolean;
  /** All digits; those the status answer shows. */
  postIds: string[];
  receivedBytes: number;
  sizeBytes: number | null;
  /** Of the bytes received or pulled, hex; null until they are all here. Photos: of all in a row. */
  sha256: string | null;
};

export function ledgerOf(state: State): LedgerEntry[] {
  return [...state.publishes.values()].map((publish) => entryOf(state, publish));
}

function entryOf({ settings, clock }: State, publish: Publish): LedgerEntry {
  const { postIds, ...outcome } = outcomeOf(publish, settings, clock.now());
  const { title, privacy_level: privacyLevel } = publish.postInfo;
  return {
    publishId: publish.publishId,
    clientKey: publish.clientKey,
    openId: publish.openId,
    username: publish.username,
    mediaType: publish.mediaType,
    mode: publish.mode,
    source: publish.source,
    videoUrl: publish.mediaType === 'video' ? (publish.mediaUrls[0] ?? null) : null,
    photoUrls: publish.mediaType === 'photo' ? [...publish.mediaUrls] : [],
    postInfo: structuredClone(publish.postInfo),
    title: typeof title === 'string' ? title : null,
    privacyLevel: typeof privacyLevel === 'string' ? privacyLevel : null,
    createdAt: publish.createdAtMs,
    ...outcome,
    postIds: postIds.map(String),
    receivedBytes: publish.receivedBytes,
    sizeBytes: publish.sizeBytes,
    sha256: publish.sha256,
  };
}
