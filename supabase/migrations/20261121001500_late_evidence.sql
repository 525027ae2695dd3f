-- What TikTok tells of publishes whose init answer was lost: an event names a publish id that no attempt of ours knows.
-- The webhook keeps it here and moves no post. Whose it is, the worker finds out under its lease, by asking TikTok.
create table public.social_unclaimed_publishes (
  publish_id text not null,
  open_id text not null,
  client_key text not null,
  -- The user by whose own app the event was signed: it concerns no account of anybody else. Null: by the site's.
  user_id uuid references auth.users (id) on delete cascade,
  -- TikTok has said that it went to the inbox, so it is a draft; false: it has not said.
  is_draft boolean not null,
  -- When the first event that we know of took place, by TikTok's clock.
  happened_at timestamptz not null,

  constraint social_unclaimed_publishes_key unique nulls not distinct (open_id, client_key, publish_id, user_id),
  constraint social_unclaimed_publishes_publish_id_check check (length(publish_id) <= 64),
  constraint social_unclaimed_publishes_open_id_check check (length(open_id) <= 128),
  constraint social_unclaimed_publishes_client_key_check check (length(client_key) <= 128)
);
alter table public.social_unclaimed_publishes enable row level security;
comment on table public.social_unclaimed_publishes is 'Publishes that TikTok knows and no attempt does. No client role sees them.';
revoke all on table public.social_unclaimed_publishes from public, anon, authenticated;
grant select, insert, update, delete on table public.social_unclaimed_publishes to service_role;

-- Every pairing of an unclaimed publish of one TikTok account, whoever has connected it, with an attempt that it may be:
-- one by pull whose publish id nobody has learnt, of the kind that the id's prefix tells, begun before the event (TikTok's
-- clock may be five minutes off) and no more than a week before it.
create function public.fitting_publishes(p_open_id text, p_client_key text)
returns table (publish_id text, attempt_id uuid, post_id uuid)
language sql
stable
set search_path = ''
as $$
  select distinct u.publish_id, t.id, p.id
  from public.social_unclaimed_publishes u
  join public.social_accounts a on a.open_id = u.open_id and a.client_key = u.client_key
    and public.is_meant(a, case when u.user_id is not null then array[u.user_id] end)
  join public.social_post_attempts t on t.account_id = a.id
  join public.social_posts p on p.id = t.post_id
  where u.open_id = p_open_id and u.client_key = p_client_key
    and t.transfer = 'pull' and t.publish_id is null
    -- Of one that is called published without an id, only its owner or its video has told.
    and (t.outcome is null or t.outcome in ('unknown', 'published'))
    and starts_with(u.publish_id, case
      when p.media_type = 'photo' then 'p_pub_url~'
      when t.mode = 'draft' then 'v_inbox_url~'
      else 'v_pub_url~'
    end)
    and (t.mode = 'draft' or not u.is_draft)
    and t.started_at between u.happened_at - interval '7 days' and u.happened_at + interval '5 minutes'
    and not exists (select 1 from public.social_post_attempts known where known.publish_id = u.publish_id)
$$;

-- Keeps what an event tells of a publish that no attempt knows, where an attempt of that account is in question; true if
-- it brought the next look at a post nearer.
create function public.note_publish(
  p_publish_id text,
  p_open_id text,
  p_client_key text,
  p_owners uuid[],
  p_is_draft boolean,
  p_happened_at timestamptz
) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if exists (select 1 from public.social_post_attempts where publish_id = p_publish_id) or not exists (
    select 1
    from public.social_accounts a
    join public.social_post_attempts t on t.account_id = a.id
    where a.open_id = p_open_id and a.client_key = p_client_key
      -- Whatever has become of its post since: its owner may have called it not published, and it may be begun anew.
      and t.transfer = 'pull' and t.publish_id is null and (t.outcome is null or t.outcome = 'unknown')
      and public.is_meant(a, p_owners)
      and t.started_at between p_happened_at - interval '7 days' and p_happened_at + interval '5 minutes'
  ) then
    return false;
  end if;
  -- Older ones fit no attempt that is still in question.
  delete from public.social_unclaimed_publishes where happened_at < now() - interval '14 days';
  insert into public.social_unclaimed_publishes as u (publish_id, open_id, client_key, user_id, is_draft, happened_at)
  select p_publish_id, p_open_id, p_client_key, owner, p_is_draft, p_happened_at
  from unnest(coalesce(p_owners, array[null::uuid])) owner
  on conflict on constraint social_unclaimed_publishes_key do update
  set is_draft = u.is_draft or excluded.is_draft, happened_at = least(u.happened_at, excluded.happened_at);
  update public.social_posts p
  set run_at = greatest(now(), p.hinted_at + interval '60 seconds'),
      hinted_at = greatest(now(), p.hinted_at + interval '60 seconds')
  from public.fitting_publishes(p_open_id, p_client_key) f
  where f.publish_id = p_publish_id and p.id = f.post_id and p.status = 'needs_attention'
    and coalesce(p.run_at, 'infinity') > greatest(now(), p.hinted_at + interval '60 seconds');
  return found;
end
$$;

-- The publish that a post's attempt in question may have begun; null unless there is exactly one, and it can be no other
-- attempt's: two that nobody can tell apart are no evidence.
create function public.find_candidate(p_post_id uuid) returns text
language sql
stable
set search_path = ''
as $$
  with fits as (
    select f.publish_id, f.attempt_id, count(*) over (partition by f.publish_id) as takers
    from public.social_posts p
    join public.social_accounts a on a.id = p.account_id
    cross join lateral public.fitting_publishes(a.open_id, a.client_key) f
    where p.id = p_post_id
  )
  select min(f.publish_id)
  from fits f
  where f.attempt_id = (
    select t.id from public.social_post_attempts t
    where t.post_id = p_post_id and t.attempt_no = public.last_effective_attempt(p_post_id)
  )
  having count(*) = 1 and max(f.takers) = 1
$$;

-- Whether TikTok has named the publish of an attempt which the post's owner has called not published.
create function public.is_named_since(p_post_id uuid) returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select 1 from public.social_post_attempts t where t.post_id = p_post_id and t.outcome = 'unknown'
  ) and public.find_candidate(p_post_id) is not null
$$;

-- TikTok has confirmed that the candidate is the account's: from now on it is the attempt's publish.
create function public.adopt_candidate(p_post_id uuid, p_fence bigint, p_publish_id text) returns text
language plpgsql
set search_path = ''
as $$
begin
  if not public.lock_leased_post(p_post_id, p_fence, 0) then
    return 'lease_lost';
  end if;
  if exists (
    select 1 from public.social_posts
    where id = p_post_id and publish_id = p_publish_id and status = 'needs_attention'
  ) then
    return 'ok';
  end if;
  if public.find_candidate(p_post_id) is distinct from p_publish_id then
    return 'state_changed';
  end if;
  update public.social_posts
  set publish_id = p_publish_id, updated_at = clock_timestamp()
  where id = p_post_id and status = 'needs_attention';
  if not found then
    return 'state_changed';
  end if;
  update public.social_post_attempts
  set publish_id = p_publish_id, recorded_at = clock_timestamp()
  where post_id = p_post_id and attempt_no = public.last_effective_attempt(p_post_id);
  delete from public.social_unclaimed_publishes where publish_id = p_publish_id;
  return 'ok';
end
$$;

-- TikTok does not know the candidate, or not for this account: it is no evidence.
create function public.drop_candidate(p_post_id uuid, p_fence bigint, p_publish_id text) returns text
language plpgsql
set search_path = ''
as $$
begin
  if not public.lock_leased_post(p_post_id, p_fence, 0) then
    return 'lease_lost';
  end if;
  -- The note by which this post was led to it, and nobody else's by the same id.
  delete from public.social_unclaimed_publishes u
  using public.social_posts p, public.social_accounts a
  where u.publish_id = p_publish_id and p.id = p_post_id and a.id = p.account_id
    and u.open_id = a.open_id and u.client_key = a.client_key and (u.user_id is null or u.user_id = a.user_id);
  return 'ok';
end
$$;

-- The attempts of other posts of the same TikTok account, whoever queued them, of which a video of that moment may be:
-- begun up to a week before it or a minute after, and not known to have come to nothing.
create function public.find_rivals(p_post_id uuid, p_video_created_at timestamptz)
returns table (title text, post_ids text[])
language sql
stable
set search_path = ''
as $$
  select t.title, p.post_ids
  from public.social_post_attempts t
  join public.social_posts p on p.id = t.post_id
  join public.social_accounts a on a.id = t.account_id
  where p.id <> p_post_id
    and a.open_id = (
      select own.open_id
      from public.social_accounts own join public.social_posts post on post.account_id = own.id
      where post.id = p_post_id
    )
    and (t.outcome is null or t.outcome in ('unknown', 'published', 'delivered'))
    and t.started_at between p_video_created_at - interval '7 days' and p_video_created_at + interval '1 minute'
$$;

revoke execute on function
  public.fitting_publishes(text, text),
  public.note_publish(text, text, text, uuid[], boolean, timestamptz),
  public.find_candidate(uuid),
  public.is_named_since(uuid),
  public.adopt_candidate(uuid, bigint, text),
  public.drop_candidate(uuid, bigint, text),
  public.find_rivals(uuid, timestamptz)
from public, anon, authenticated;
grant execute on function
  public.fitting_publishes(text, text),
  public.note_publish(text, text, text, uuid[], boolean, timestamptz),
  public.find_candidate(uuid),
  public.is_named_since(uuid),
  public.adopt_candidate(uuid, bigint, text),
  public.drop_candidate(uuid, bigint, text),
  public.find_rivals(uuid, timestamptz)
to service_role;
