-- The worker's verbs. Each is one call, uses the database's clock only, and every write names the fence of the
-- lease it was made under: `lease_lost` means another worker may be at it, and the caller drops the post at once.

create table public.social_worker (
  id boolean not null default true,
  last_tick_at timestamptz,
  constraint social_worker_pkey primary key (id),
  constraint social_worker_single_check check (id)
);
alter table public.social_worker enable row level security;
comment on table public.social_worker is 'One row: when the worker last looked for work.';
insert into public.social_worker default values;
revoke all on table public.social_worker from public, anon, authenticated;
grant select, update on table public.social_worker to service_role;

-- Leases the accounts whose posts have waited longest, and returns them with those posts:
-- {now, claims: [{account, posts: [{…, attempt, failure_count, pull_refused}]}]}.
create function public.claim_accounts(
  p_holder uuid,
  p_account_limit integer,
  p_post_limit integer,
  p_lease_seconds integer
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  claimed uuid[];
begin
  -- `where` although it is one row: Supabase's API role refuses an update without (safeupdate).
  update public.social_worker set last_tick_at = clock_timestamp() where id;

  with due as materialized (
    select p.account_id, min(p.run_at) as run_at
    from public.social_posts p
    where p.run_at <= clock_timestamp()
    group by p.account_id
  ), candidates as materialized (
    select a.id
    from due join public.social_accounts a on a.id = due.account_id
    where a.lease_expires_at is null or a.lease_expires_at <= clock_timestamp()
    order by due.run_at, a.id
    limit p_account_limit
    for update of a skip locked
  ), leased as (
    update public.social_accounts a
    set lease_holder = p_holder,
        lease_expires_at = clock_timestamp() + make_interval(secs => p_lease_seconds),
        fence = a.fence + 1
    from candidates c
    where a.id = c.id
    returning a.id
  )
  select coalesce(array_agg(id), '{}') into claimed from leased;

  -- A statement of its own: it sees what an earlier holder committed up to this moment.
  return jsonb_build_object('now', clock_timestamp(), 'claims', (
    select coalesce(jsonb_agg(jsonb_build_object('account', to_jsonb(a), 'posts', due.posts)), '[]')
    from public.social_accounts a
    cross join lateral (
      select coalesce(jsonb_agg(due_post.post order by due_post.run_at, due_post.id), '[]') as posts
      from (
        select p.id, p.run_at, to_jsonb(p) || jsonb_build_object(
          'attempt', (
            select to_jsonb(t) from public.social_post_attempts t
            where t.post_id = p.id order by t.attempt_no desc limit 1
          ),
          'failure_count', (
            select count(*) from public.social_post_attempts t
            where t.post_id = p.id and t.outcome in ('failed', 'expired')
              and t.started_at > coalesce(p.retried_at, '-infinity')
          ),
          'pull_refused', exists (
            select 1 from public.social_post_attempts t
            where t.post_id = p.id and t.transfer = 'pull'
              and t.error_code in ('url_ownership_unverified', 'video_pull_failed')
          )
        ) as post
        from public.social_posts p
        where p.account_id = a.id and p.run_at <= clock_timestamp()
        order by p.run_at, p.id
        limit p_post_limit
      ) due_post
    ) due
    where a.id = any (claimed)
  ));
end
$$;

-- Gives back every lease of one worker.
create function public.release_accounts(p_holder uuid) returns void
language sql
set search_path = ''
as $$
  update public.social_accounts
  set lease_holder = null, lease_expires_at = null
  where lease_holder = p_holder;
$$;
create index social_accounts_lease_holder_idx on public.social_accounts (lease_holder) where lease_holder is not null;

-- Whether the lease with this fence still stands for the post's account for so many seconds more. Locks both rows, the
-- account first as everybody does: nobody can claim it between this answer and the write that follows.
create function public.lock_leased_post(p_post_id uuid, p_fence bigint, p_need_seconds integer) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  perform 1
  from public.social_accounts a
  where a.id = (select p.account_id from public.social_posts p where p.id = p_post_id)
    and a.fence = p_fence
    and a.lease_expires_at > clock_timestamp() + make_interval(secs => p_need_seconds)
  for share;
  if not found then
    return false;
  end if;
  perform 1 from public.social_posts p where p.id = p_post_id for no key update;
  return found;
end
$$;

-- Commits the intent to call init, before it is called, with the post as the caller has read it. Called again with
-- the same attempt: the same answer.
create function public.begin_attempt(
  p_post_id uuid,
  p_fence bigint,
  p_revision integer,
  p_attempt_id uuid,
  p_transfer text,
  p_size_bytes bigint,
  p_chunk_size_bytes bigint,
  p_media_identity text,
  p_need_seconds integer
) returns text
language plpgsql
set search_path = ''
as $$
begin
  if not public.lock_leased_post(p_post_id, p_fence, p_need_seconds) then
    return 'lease_lost';
  end if;
  if exists (
    select 1 from public.social_post_attempts
    where id = p_attempt_id and post_id = p_post_id and fence = p_fence and outcome is null and publish_id is null
  ) then
    return 'ok';
  end if;
  update public.social_posts
  set status = 'initializing', attempt_count = attempt_count + 1, check_count = 0, publish_id = null,
      run_at = clock_timestamp(), error_code = null, error_message = null, updated_at = clock_timestamp()
  where id = p_post_id and status = 'queued' and revision = p_revision;
  if not found then
    return 'state_changed';
  end if;
  insert into public.social_post_attempts (
    id, post_id, user_id, attempt_no, transfer, fence, size_bytes, chunk_size_bytes, media_identity
  )
  select p_attempt_id, p.id, p.user_id, p.attempt_count, p_transfer, p_fence, p_size_bytes, p_chunk_size_bytes,
    p_media_identity
  from public.social_posts p where p.id = p_post_id;
  return 'ok';
end
$$;

-- Stores what init answered, by the very next statement. Not `ok`: throw the upload URL away and send nothing.
create function public.record_init(
  p_post_id uuid,
  p_fence bigint,
  p_attempt_id uuid,
  p_publish_id text,
  p_sealed_upload_url text,
  p_status text,
  p_run_in_seconds integer,
  p_log_id text
) returns text
language plpgsql
set search_path = ''
as $$
begin
  if not public.lock_leased_post(p_post_id, p_fence, 0) then
    return 'lease_lost';
  end if;
  if exists (
    select 1 from public.social_post_attempts
    where id = p_attempt_id and outcome is null and publish_id = p_publish_id
  ) then
    return 'ok';
  end if;
  update public.social_post_attempts
  set publish_id = p_publish_id, sealed_upload_url = p_sealed_upload_url, recorded_at = clock_timestamp(),
      log_id = p_log_id
  where id = p_attempt_id and post_id = p_post_id and fence = p_fence and outcome is null and publish_id is null;
  if not found then
    return 'state_changed';
  end if;
  update public.social_posts
  set status = p_status, publish_id = p_publish_id, check_count = 0, updated_at = clock_timestamp(),
      trouble_code = null, trouble_since = null,
      run_at = clock_timestamp() + make_interval(secs => p_run_in_seconds)
  where id = p_post_id and status = 'initializing';
  if not found then
    raise exception 'post % is not initializing', p_post_id;
  end if;
  return 'ok';
end
$$;

-- How far an upload has come; p_is_last: its last chunk is sent next. A chunk that may be sent is one whose note was
-- answered with `ok`: the lease then lasts for p_lease_seconds, at least.
create function public.save_progress(
  p_post_id uuid,
  p_fence bigint,
  p_attempt_id uuid,
  p_next_byte bigint,
  p_is_last boolean,
  p_sent_sha256 text,
  p_lease_seconds integer
) returns text
language plpgsql
set search_path = ''
as $$
begin
  -- Before the lock that is shared: two calls that both hold it would wait for each other.
  update public.social_accounts a
  set lease_expires_at = greatest(a.lease_expires_at, clock_timestamp() + make_interval(secs => p_lease_seconds))
  where a.id = (select p.account_id from public.social_posts p where p.id = p_post_id)
    and a.fence = p_fence and a.lease_expires_at > clock_timestamp();
  if not public.lock_leased_post(p_post_id, p_fence, 0) then
    return 'lease_lost';
  end if;
  update public.social_post_attempts
  set next_byte = p_next_byte,
      sent_sha256 = p_sent_sha256,
      last_chunk_at = case when p_is_last then coalesce(last_chunk_at, clock_timestamp()) else last_chunk_at end
  where id = p_attempt_id and post_id = p_post_id and outcome is null;
  if not found then
    return 'state_changed';
  end if;
  update public.social_posts set check_count = 0 where id = p_post_id and check_count > 0;
  return 'ok';
end
$$;

-- Moves a post from the state it was seen in, and closes its live attempt where there is an outcome.
-- p_run_in_seconds null: the worker is done with it. Error null: nothing to tell.
create function public.advance_post(
  p_post_id uuid,
  p_fence bigint,
  p_from text,
  p_to text,
  p_run_in_seconds integer,
  p_error_code text,
  p_error_message text,
  p_post_ids text[],
  p_share_url text,
  p_outcome text,
  p_log_id text
) returns text
language plpgsql
set search_path = ''
as $$
begin
  if not public.lock_leased_post(p_post_id, p_fence, 0) then
    return 'lease_lost';
  end if;
  -- The owner has connected the account again while the worker was at it: the post goes on at once, where it stands.
  if p_error_code = 'reauth_required' and exists (
    select 1 from public.social_posts p join public.social_accounts a on a.id = p.account_id
    where p.id = p_post_id and a.status = 'connected'
  ) then
    p_to := case when p_to = 'needs_attention' then p_from else p_to end;
    p_run_in_seconds := 0;
    p_error_code := null;
    p_error_message := null;
  end if;
  update public.social_posts
  set status = p_to,
      run_at = clock_timestamp() + make_interval(secs => p_run_in_seconds),
      check_count = case when status = p_to then check_count + 1 else 0 end,
      trouble_since = case
        when p_error_code is null then null
        when p_error_code = trouble_code then trouble_since
        else clock_timestamp()
      end,
      trouble_code = p_error_code,
      error_code = p_error_code,
      error_message = p_error_message,
      post_ids = coalesce(p_post_ids, post_ids),
      share_url = coalesce(p_share_url, share_url),
      published_at = case when p_to = 'published' then coalesce(published_at, clock_timestamp()) else published_at end,
      updated_at = clock_timestamp()
  where id = p_post_id and status = p_from;
  if not found then
    return 'state_changed';
  end if;
  if p_outcome is not null then
    update public.social_post_attempts
    set outcome = p_outcome, finished_at = clock_timestamp(), sealed_upload_url = null,
        error_code = p_error_code, error_message = p_error_message, log_id = coalesce(p_log_id, log_id)
    where post_id = p_post_id and outcome is null;
  end if;
  return 'ok';
end
$$;

-- The account's @handle, once it is known.
create function public.save_username(p_account_id uuid, p_username text) returns void
language sql
set search_path = ''
as $$
  update public.social_accounts set username = p_username where id = p_account_id;
$$;

-- For the health check: the last tick, and the oldest post that should have been looked at.
create function public.worker_health()
returns table (checked_at timestamptz, last_tick_at timestamptz, oldest_overdue_run_at timestamptz)
language sql
stable
set search_path = ''
as $$
  select clock_timestamp(), w.last_tick_at, (
    select min(p.run_at) from public.social_posts p where p.run_at <= clock_timestamp()
  )
  from public.social_worker w;
$$;
