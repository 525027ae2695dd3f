import { cancelPost, editPost, getPost, resolvePost } from '../../src/core/posts.ts';
import { RequestError } from '../../src/lib/errors.ts';
import type { Dice } from './dice.ts';
import type { Faults } from './faults.ts';
import { numberFromTitle, type PlannedPost } from './plan.ts';
import { requestFor, type StormWorld } from './world.ts';

/** What the owner of a post was told when they meddled with it. */
export type Told = 'cancelled' | 'cancel_requested' | 'edited' | 'too_late';

export interface People {
  /** What owners were told, by the post's number. */
  told: ReadonlyMap<number, Told>;
  /** How many accounts were connected again because their tokens were lost. */
  reconnects(): number;
  /** Owners meddle with the posts that fall due by now, while the workers are at it. */
  meddle(elapsedSeconds: number): Promise<void>;
  /** Between two rounds: lost accounts are connected again, drafts posted, and owners who are asked say what they see. */
  tidyUp(): Promise<void>;
}

/** The accounts whose owners have left for good. */
export type IsAbandoned = (account: number) => boolean;

export interface PeopleOptions {
  dice: Dice;
  faults: Pick<Faults, 'remind'>;
  isAbandoned: IsAbandoned;
}

export function createPeople(world: StormWorld, { dice, faults, isAbandoned }: PeopleOptions): People {
  const told = new Map<number, Told>();
  const waiting = new Set(
    world.plan.filter(({ fate }) => ['cancelled', 'edited', 'cancelled_in_download'].includes(fate)),
  );
  const finished = new Set<string>();
  let reconnects = 0;
  for (const { number, fate } of waiting) if (fate === 'cancelled_in_download') world.films.hold(number);

  /** Null: it is too early. */
  async function meddleWith({ number, fate, ...post }: PlannedPost): Promise<Told | null> {
    const { id, userId } = world.posts[number] ?? { id: '', userId: '' };
    try {
      if (fate === 'edited') {
        const accountId = world.accountIds[post.account] ?? '';
        const request = requestFor({ number, fate, ...post }, accountId, world.films, true);
        await editPost(world.queueing, userId, id, () => request);
        return 'edited';
      }
      if (fate === 'cancelled_in_download') {
        const { status } = await getPost(world.app.posts, userId, id);
        if (status === 'queued' || status === 'initializing') return null;
      }
      const { isPending } = await cancelPost(world.app.posts, userId, id);
      return isPending ? 'cancel_requested' : 'cancelled';
    } catch (error) {
      if (error instanceof RequestError) return 'too_late';
      throw error;
    }
  }

  /** Only of what has failed: in the others' place TikTok itself is to tell in the end. */
  async function answer(): Promise<void> {
    const asked = await world.sql<{ id: string }[]>`
      select id from public.social_posts where status = 'needs_attention' and error_code = 'invalid_publish_id'`;
    for (const { id } of asked) {
      const number = world.posts.findIndex((post) => post.id === id);
      if (world.plan[number]?.fate !== 'fails_forgotten') continue;
      const isThere = world.emulator
        .ledger()
        .some(({ title, published }) => published && numberFromTitle(title) === number);
      const outcome = isThere ? 'published' : 'not_published';
      await resolvePost(world.app.posts, world.posts[number]?.userId ?? '', id, { outcome });
      faults.remind(number);
    }
  }

  return {
    told,
    reconnects: () => reconnects,
    async meddle(elapsedSeconds) {
      const due = [...waiting].filter(({ dueInSeconds }) => dueInSeconds <= elapsedSeconds);
      await Promise.all(
        due.map(async (post) => {
          await new Promise((resolve) => setTimeout(resolve, dice.fraction('meddles', post.number) * 200));
          const answer = await meddleWith(post);
          if (answer === null) return;
          waiting.delete(post);
          told.set(post.number, answer);
        }),
      );
    },
    async tidyUp() {
      const lost = await world.sql<{ id: string }[]>`
        select id from public.social_accounts where status = 'reauth_required'`;
      for (const { id } of lost) {
        const account = world.accountIds.indexOf(id);
        if (isAbandoned(account)) continue;
        await world.connect(account);
        reconnects++;
      }
      const inInbox = await world.sql<{ publish_id: string; id: string }[]>`
        select id, publish_id from public.social_posts where status = 'delivered' and run_at is not null`;
      for (const { id, publish_id: publishId } of inInbox) {
        const number = world.posts.findIndex((post) => post.id === id);
        if (finished.has(publishId) || dice.fraction('finishes', number) < 0.3) continue;
        finished.add(publishId);
        world.emulator.finishDraft(publishId);
      }
      await answer();
    },
  };
}
