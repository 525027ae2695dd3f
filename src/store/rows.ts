import * as z from 'zod/mini';
import {
  ATTEMPT_OUTCOMES,
  CONSENT_DECLARATIONS,
  type ConsentDeclaration,
  POST_MODES,
  POST_STATUSES,
  PRIVACY_LEVELS,
  TRANSFERS,
} from '../contract.ts';

/** Rows as the database gives them, and the types the rest of the code knows them by. */

/** An instant; Postgres writes it with an offset. */
export const instant = z.pipe(
  z.string(),
  z.transform((text) => new Date(text)),
);
const text = z.nullable(z.string());

export const accountRow = z.pipe(
  z.object({
    id: z.guid(),
    user_id: z.guid(),
    open_id: z.string(),
    display_name: text,
    username: text,
    max_video_duration_sec: z.nullable(z.int()),
    creator_checked_at: z.nullable(instant),
    // A file of an older command line has none.
    creator_free_at: z._default(z.nullable(instant), null),
    avatar_url: text,
    scopes: z.array(z.string()),
    auth_method: z.enum(['shared', 'own']),
    client_key: z.string(),
    status: z.enum(['connected', 'reauth_required', 'disconnected']),
    sealed_access_token: text,
    sealed_refresh_token: text,
    access_token_expires_at: z.nullable(instant),
    refresh_token_expires_at: z.nullable(instant),
    token_version: z.int(),
    connected_at: instant,
    fence: z.int(),
  }),
  z.transform((row) => ({
    id: row.id,
    userId: row.user_id,
    openId: row.open_id,
    displayName: row.display_name,
    username: row.username,
    maxVideoDurationSec: row.max_video_duration_sec,
    creatorCheckedAt: row.creator_checked_at,
    creatorFreeAt: row.creator_free_at,
    avatarUrl: row.avatar_url,
    scopes: row.scopes,
    authMethod: row.auth_method,
    clientKey: row.client_key,
    status: row.status,
    sealedAccessToken: row.sealed_access_token,
    sealedRefreshToken: row.sealed_refresh_token,
    accessTokenExpiresAt: row.access_token_expires_at,
    refreshTokenExpiresAt: row.refresh_token_expires_at,
    tokenVersion: row.token_version,
    connectedAt: row.connected_at,
    fence: row.fence,
  })),
);
export type Account = z.infer<typeof accountRow>;

export const appRow = z.pipe(
  z.object({
    id: z.guid(),
    user_id: z.nullable(z.guid()),
    client_key: z.string(),
    sealed_client_secret: z.string(),
    secret_version: z.int(),
    chosen_at: instant,
  }),
  z.transform((row) => ({
    id: row.id,
    /** Null: the site's. */
    userId: row.user_id,
    clientKey: row.client_key,
    sealedClientSecret: row.sealed_client_secret,
    secretVersion: row.secret_version,
    chosenAt: row.chosen_at,
  })),
);
export type StoredApp = z.infer<typeof appRow>;

export const attemptRow = z.pipe(
  z.object({
    id: z.guid(),
    attempt_no: z.int(),
    transfer: z.enum(['pull', 'upload']),
    // A file of an older command line has none of these: its video is not looked for.
    mode: z._default(z.enum(POST_MODES), 'direct'),
    title: z._default(text, null),
    privacy_level: z._default(z.nullable(z.enum(PRIVACY_LEVELS)), null),
    started_at: instant,
    recorded_at: z.nullable(instant),
    finished_at: z.nullable(instant),
    publish_id: text,
    sealed_upload_url: text,
    size_bytes: z.nullable(z.int()),
    chunk_size_bytes: z.nullable(z.int()),
    media_identity: text,
    next_byte: z.int(),
    sent_sha256: text,
    last_chunk_at: z.nullable(instant),
    outcome: z.nullable(z.enum(ATTEMPT_OUTCOMES)),
    error_code: text,
    error_message: text,
    log_id: text,
  }),
  z.transform((row) => ({
    id: row.id,
    number: row.attempt_no,
    transfer: row.transfer,
    /** As it was sent; its post may have been changed since. */
    mode: row.mode,
    title: row.title,
    privacyLevel: row.privacy_level,
    startedAt: row.started_at,
    recordedAt: row.recorded_at,
    finishedAt: row.finished_at,
    publishId: row.publish_id,
    sealedUploadUrl: row.sealed_upload_url,
    sizeBytes: row.size_bytes,
    chunkSizeBytes: row.chunk_size_bytes,
    mediaIdentity: row.media_identity,
    nextByte: row.next_byte,
    sentSha256: row.sent_sha256,
    lastChunkAt: row.last_chunk_at,
    outcome: row.outcome,
    error: noticeOf(row),
    logId: row.log_id,
  })),
);
export type Attempt = z.infer<typeof attemptRow>;

const postColumns = {
  id: z.guid(),
  user_id: z.guid(),
  account_id: z.guid(),
  idempotency_hash: text,
  media_type: z.enum(['video', 'photo']),
  video_url: text,
  photo_urls: z.nullable(z.array(z.string())),
  photo_cover_index: z.nullable(z.int()),
  title: text,
  description: text,
  mode: z.enum(POST_MODES),
  transfer: z.enum(TRANSFERS),
  privacy_level: z.nullable(z.enum(PRIVACY_LEVELS)),
  disable_duet: z.boolean(),
  disable_stitch: z.boolean(),
  disable_comment: z.boolean(),
  video_cover_timestamp_ms: z.nullable(z.int()),
  brand_content_toggle: z.boolean(),
  brand_organic_toggle: z.boolean(),
  is_aigc: z.boolean(),
  auto_add_music: z.boolean(),
  consent_declaration: z.nullable(z.enum(CONSENT_DECLARATIONS)),
  consent_agreed_at: z.nullable(instant),
  status: z.enum(POST_STATUSES),
  run_at: z.nullable(instant),
  scheduled_at: z.nullable(instant),
  due_at: instant,
  media_checked: z.boolean(),
  attempt_count: z.int(),
  revision: z.int(),
  cancel_requested_at: z.nullable(instant),
  check_count: z.int(),
  trouble_since: z.nullable(instant),
  publish_id: text,
  post_ids: z.array(z.string()),
  share_url: text,
  error_code: text,
  error_message: text,
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  created_at: instant,
  published_at: z.nullable(instant),
};
const postColumnsObject = z.object(postColumns);

export const postRow = z.pipe(postColumnsObject, z.transform(toPost));
export type Post = z.infer<typeof postRow>;

function toPost(row: z.infer<typeof postColumnsObject>) {
  return {
    id: row.id,
    userId: row.user_id,
    accountId: row.account_id,
    idempotencyHash: row.idempotency_hash,
    mediaType: row.media_type,
    videoUrl: row.video_url,
    photoUrls: row.photo_urls,
    photoCoverIndex: row.photo_cover_index,
    title: row.title,
    description: row.description,
    mode: row.mode,
    transfer: row.transfer,
    privacyLevel: row.privacy_level,
    disableDuet: row.disable_duet,
    disableStitch: row.disable_stitch,
    disableComment: row.disable_comment,
    videoCoverTimestampMs: row.video_cover_timestamp_ms,
    brandContentToggle: row.brand_content_toggle,
    brandOrganicToggle: row.brand_organic_toggle,
    isAigc: row.is_aigc,
    autoAddMusic: row.auto_add_music,
    consent: consentOf(row),
    status: row.status,
    runAt: row.run_at,
    scheduledAt: row.scheduled_at,
    dueAt: row.due_at,
    mediaChecked: row.media_checked,
    attemptCount: row.attempt_count,
    revision: row.revision,
    cancelRequestedAt: row.cancel_requested_at,
    checkCount: row.check_count,
    troubleSince: row.trouble_since,
    publishId: row.publish_id,
    postIds: row.post_ids,
    shareUrl: row.share_url,
    error: noticeOf(row),
    warnings: row.warnings,
    createdAt: row.created_at,
    publishedAt: row.published_at,
  };
}

const columnsWithAttempts = z.object({ ...postColumns, social_post_attempts: z.array(attemptRow) });

/** A post with all its attempts, as its owner sees it. */
export const postWithAttemptsRow = z.pipe(columnsWithAttempts, z.transform(toPostWithAttempts));
export type PostWithAttempts = z.infer<typeof postWithAttemptsRow>;

function toPostWithAttempts(row: z.infer<typeof columnsWithAttempts>) {
  const attempts = row.social_post_attempts.sort((a, b) => a.number - b.number);
  return { ...toPost(row), attempts };
}

/** The same in a list; `place` is the instant by which the list is ordered, as exactly as the database has it. */
export const listedPostRow = z.pipe(
  z.object({ ...columnsWithAttempts.shape, place: z.string() }),
  z.transform(({ place, ...row }) => ({ ...toPostWithAttempts(row), place })),
);
export type ListedPost = z.infer<typeof listedPostRow>;

export const postEventRow = z.pipe(
  z.object({ happened_at: instant, status: z.enum(POST_STATUSES), code: text, message: text }),
  z.transform(({ happened_at, ...told }) => ({ happenedAt: happened_at, ...told })),
);
export type PostEvent = z.infer<typeof postEventRow>;

/** A post as the worker claims it. */
export const claimedPostRow = z.pipe(
  z.object({
    ...postColumns,
    attempt: z.nullable(attemptRow),
    attempt_in_question: z.nullable(attemptRow),
    hinted_at: z.nullable(instant),
    failure_count: z.int(),
    expiry_count: z.int(),
    pull_refused: z.boolean(),
  }),
  z.transform((row) => ({
    ...toPost(row),
    /** The latest, running or ended. */
    attempt: row.attempt,
    /** Of one that needs attention: the latest attempt that may have published, of unknown outcome. Null: there is none. */
    attemptInQuestion: row.attempt_in_question,
    /** The moment for which a webhook last asked for a look. */
    hintedAt: row.hinted_at,
    failureCount: row.failure_count,
    expiryCount: row.expiry_count,
    pullRefused: row.pull_refused,
  })),
);
export type ClaimedPost = z.infer<typeof claimedPostRow>;

/** What a claim comes as; its posts are read one by one, so that one that cannot be read holds up no other. */
export const claimResult = z.pipe(
  z.object({
    now: instant,
    next_run_at: z.nullable(instant),
    is_run_active: z.boolean(),
    claims: z.array(z.object({ account: z.unknown(), posts: z.array(z.unknown()) })),
  }),
  z.transform(({ now, next_run_at, is_run_active, claims }) => ({
    databaseNow: now,
    /** When the next post falls due; null: none is waiting. */
    nextRunAt: next_run_at,
    /** Whether a background run is at work. */
    isRunActive: is_run_active,
    claims: claims.map(readClaim),
  })),
);
export type ClaimResult = z.infer<typeof claimResult>;

function readClaim({ account, posts }: { account: unknown; posts: unknown[] }): Claim | UnreadableClaim {
  const readAccount = accountRow.safeParse(account);
  if (!readAccount.success) return { account: null };
  const read = posts.map((post) => ({ post, result: claimedPostRow.safeParse(post) }));
  return {
    account: readAccount.data,
    posts: read.flatMap(({ result }) => (result.success ? [result.data] : [])),
    unreadable: read.flatMap(({ post, result }) => {
      const known = result.success ? null : postStub.safeParse(post);
      return known?.success ? [known.data] : [];
    }),
  };
}

/** As much of a post as it takes to set it aside. */
const postStub = z.pipe(
  z.object({ id: z.guid(), status: z.enum(POST_STATUSES), error_code: text, error_message: text }),
  z.transform((row) => ({ id: row.id, status: row.status, error: noticeOf(row) })),
);

export interface UnreadableClaim {
  account: null;
}

export interface Claim {
  account: Account;
  posts: ClaimedPost[];
  /** Posts of this account that this release does not understand. */
  unreadable: z.infer<typeof postStub>[];
}

export const leaseResult = z.pipe(
  z.object({ now: instant, leased: z.boolean(), account: z.nullable(accountRow) }),
  z.transform(({ now, leased, account }) => ({
    databaseNow: now,
    /** False: somebody else is at work on it, or there is nothing to hold. */
    isLeased: leased,
    /** As it stands now, leased or not. */
    account,
  })),
);
export type LeaseResult = z.infer<typeof leaseResult>;

const revocationRow = z.pipe(
  z.object({
    id: z.guid(),
    account_id: z.guid(),
    user_id: z.guid(),
    auth_method: z.enum(['shared', 'own']),
    client_key: z.string(),
    sealed_access_token: z.string(),
    sealed_refresh_token: z.string(),
    access_token_expires_at: z.nullable(instant),
    token_version: z.int(),
  }),
  z.transform((row) => ({
    id: row.id,
    accountId: row.account_id,
    userId: row.user_id,
    authMethod: row.auth_method,
    clientKey: row.client_key,
    sealedAccessToken: row.sealed_access_token,
    sealedRefreshToken: row.sealed_refresh_token,
    accessTokenExpiresAt: row.access_token_expires_at,
    tokenVersion: row.token_version,
  })),
);
export type Revocation = z.infer<typeof revocationRow>;

export const sweepResult = z.pipe(
  z.object({
    now: instant,
    accounts: z.array(accountRow),
    revocations: z.array(revocationRow),
    warnings: z.array(z.object({ id: z.guid(), ends_at: instant })),
    given_up: z.array(z.guid()),
  }),
  z.transform(({ now, accounts, revocations, warnings, given_up }) => ({
    databaseNow: now,
    /** Leased, to be renewed. */
    accounts,
    /** Held, to be taken back. */
    revocations,
    /** Accounts whose refresh token ends soon, however it was tried to renew it. */
    warnings: warnings.map(({ id, ends_at }) => ({ accountId: id, endsAt: ends_at })),
    /** Accounts whose consent could not be taken back in time. */
    givenUp: given_up,
  })),
);
export type SweepResult = z.infer<typeof sweepResult>;

/** What is to be told about a post or attempt, and its stable code. */
export interface Notice {
  code: string;
  message: string;
}

function consentOf(row: {
  consent_declaration: ConsentDeclaration | null;
  consent_agreed_at: Date | null;
}): { declaration: ConsentDeclaration; agreedAt: Date } | null {
  const { consent_declaration: declaration, consent_agreed_at: agreedAt } = row;
  return declaration && agreedAt && { declaration, agreedAt };
}

function noticeOf(row: { error_code: string | null; error_message: string | null }): Notice | null {
  return row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' };
}
