import * as z from 'zod/mini';
import { type ListHalf, OPEN_STATUSES, type PostRequest, type PostStatus } from '../contract.ts';
import { StoreError } from '../lib/errors.ts';
import {
  type ListedPost,
  listedPostRow,
  type Notice,
  type PostEvent,
  type PostWithAttempts,
  postEventRow,
  postRow,
  postWithAttemptsRow,
} from './rows.ts';
import { type Database, run } from './supabase.ts';

/** What its owner chooses of a post, and may choose anew while it is queued. */
export interface EditedPost {
  request: PostRequest;
  /** When it is to go out, and when it is first looked at; null: as soon as possible, by the database's clock. */
  schedule: { dueAt: Date; runAt: Date } | null;
  /** Its media were looked at, and TikTok would take them. */
  mediaChecked: boolean;
  warnings: readonly Notice[];
}

export interface NewPost extends EditedPost {
  userId: string;
  idempotency: { key: string; hash: string } | null;
}

/** A post as it was read. */
export type Revised = Pick<PostWithAttempts, 'id' | 'revision'>;

export interface PostFilter {
  when?: ListHalf | undefined;
  status?: PostStatus | undefined;
  accountId?: string | undefined;
  /** Only posts after this one in the list's order. */
  after?: { place: string; id: string } | undefined;
  limit: number;
}

const WITH_ATTEMPTS = '*, social_post_attempts(*)';
const UNIQUE_VIOLATION = '23505';

/** The queue, as its owners use it. */
export function createPostStore(database: Database) {
  const findByKey = async (userId: string, key: string): Promise<PostWithAttempts | null> => {
    const posts = await run(
      'find_post_by_key',
      database.from('social_posts').select(WITH_ATTEMPTS).eq('user_id', userId).eq('idempotency_key', key),
      z.array(postWithAttemptsRow),
    );
    return posts[0] ?? null;
  };

  return {
    /** The post that this user's idempotency key has made. */
    findByKey,

    /** Queues a post. `existing` is the one that the same idempotency key has made before, whatever it held. */
    async create({
      userId,
      idempotency,
      ...chosen
    }: NewPost): Promise<{ created: PostWithAttempts } | { existing: PostWithAttempts }> {
      const row = {
        ...chosenColumns(chosen),
        user_id: userId,
        account_id: chosen.request.accountId,
        media_type: chosen.request.mediaType,
        idempotency_key: idempotency?.key ?? null,
        idempotency_hash: idempotency?.hash ?? null,
      };
      try {
        const post = await run(
          'create_post',
          database.from('social_posts').insert(row).select().single(),
          postRow,
        );
        return { created: { ...post, attempts: [] } };
      } catch (error) {
        const isReplay = idempotency && error instanceof StoreError && error.code === UNIQUE_VIOLATION;
        const existing = isReplay ? await findByKey(userId, idempotency.key) : null;
        if (!existing) throw error;
        return { existing };
      }
    },

    /** One post of this user; null when there is none, or it is somebody else's. */
    async find(userId: string, postId: string): Promise<PostWithAttempts | null> {
      const posts = await run(
        'find_post',
        database.from('social_posts').select(WITH_ATTEMPTS).eq('user_id', userId).eq('id', postId),
        z.array(postWithAttemptsRow),
      );
      return posts[0] ?? null;
    },

    /** What became of a post of this user, oldest first; of somebody else's, nothing. */
    story(userId: string, postId: string): Promise<PostEvent[]> {
      return run(
        'find_story',
        database
          .from('social_post_events')
          .select('happened_at, status, code, message')
          .eq('user_id', userId)
          .eq('post_id', postId)
          .order('id'),
        z.array(postEventRow),
      );
    },

    /** The user's posts, newest first, or a half of them in its own order. */
    list(userId: string, { when, status, accountId, after, limit }: PostFilter): Promise<ListedPost[]> {
      const column = when ? 'due_at' : 'created_at';
      const ascending = when === 'upcoming';
      let query = database
        .from('social_posts')
        .select(`${WITH_ATTEMPTS}, place:${column}`)
        .eq('user_id', userId)
        .order(column, { ascending })
        .order('id', { ascending })
        .limit(limit);
      if (when === 'upcoming') query = query.in('status', OPEN_STATUSES);
      if (when === 'past') query = query.not('status', 'in', `(${OPEN_STATUSES.join()})`);
      if (status) query = query.eq('status', status);
      if (accountId) query = query.eq('account_id', accountId);
      if (after) {
        const { place, id } = after;
        const beyond = ascending ? 'gt' : 'lt';
        query = query.or(`${column}.${beyond}."${place}",and(${column}.eq."${place}",id.${beyond}.${id})`);
      }
      return run('list_posts', query, z.array(listedPostRow));
    },

    /** Rewrites a post as it was read; false if a worker has begun it or somebody rewritten it since, or it is not theirs. */
    edit(userId: string, { id, revision }: Revised, edited: EditedPost): Promise<boolean> {
      const parameters = {
        p_post_id: id,
        p_user_id: userId,
        p_revision: revision,
        p_post: JSON.stringify(chosenColumns(edited)),
      };
      return run('edit_post', database.rpc('edit_post', parameters), z.boolean());
    },

    /**
     * `requested`: TikTok is still downloading, and will be asked to stop; or it is still asked about a post that was to
     * go out again, and `notice` is what that post says meanwhile.
     */
    cancel(
      userId: string,
      postId: string,
      { code, message }: Notice,
    ): Promise<'cancelled' | 'requested' | 'too_late'> {
      const parameters = { p_post_id: postId, p_user_id: userId, p_code: code, p_message: message };
      const result = z.enum(['cancelled', 'requested', 'too_late']);
      return run('cancel_post', database.rpc('cancel_post', parameters), result);
    },

    /** Queues a post that failed once more; false if it has not failed, or is not theirs. */
    retry(userId: string, postId: string): Promise<boolean> {
      const parameters = { p_post_id: postId, p_user_id: userId };
      return run('retry_post', database.rpc('retry_post', parameters), z.boolean());
    },

    /**
     * Settles a post that needs attention by its owner's word; false if it does not, or is not theirs. `notice`: what it
     * says while TikTok is asked whether the word holds.
     */
    resolve(userId: string, postId: string, isPublished: boolean, notice: Notice): Promise<boolean> {
      const parameters = {
        p_post_id: postId,
        p_user_id: userId,
        p_is_published: isPublished,
        p_code: notice.code,
        p_message: notice.message,
      };
      return run('resolve_post', database.rpc('resolve_post', parameters), z.boolean());
    },
  };
}
export type PostStore = ReturnType<typeof createPostStore>;

/** As our SQL takes it. */
export function chosenColumns({ request, schedule, mediaChecked, warnings }: EditedPost) {
  return {
    video_url: request.videoUrl ?? null,
    photo_urls: request.photoUrls ?? null,
    photo_cover_index: request.photoUrls ? (request.photoCoverIndex ?? 0) : null,
    title: request.title ?? null,
    description: request.description ?? null,
    mode: request.mode,
    transfer: request.transfer,
    privacy_level: request.privacyLevel ?? null,
    disable_duet: request.disableDuet,
    disable_stitch: request.disableStitch,
    disable_comment: request.disableComment,
    video_cover_timestamp_ms: request.videoCoverTimestampMs ?? null,
    brand_content_toggle: request.brandContentToggle,
    brand_organic_toggle: request.brandOrganicToggle,
    is_aigc: request.isAigc,
    auto_add_music: request.autoAddMusic,
    consent_declaration: request.consent?.declaration ?? null,
    consent_agreed_at: request.consent ? new Date(request.consent.agreedAt).toISOString() : null,
    media_checked: mediaChecked,
    warnings,
    scheduled_at: request.scheduledAt === undefined ? null : new Date(request.scheduledAt).toISOString(),
    ...(schedule && { run_at: schedule.runAt.toISOString(), due_at: schedule.dueAt.toISOString() }),
  };
}
