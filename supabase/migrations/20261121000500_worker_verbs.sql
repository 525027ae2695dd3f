-- The worker's verbs. Each is one call, uses the database's clock only, and every write names the fence of the
-- lease it was made under: `lease_lost` means another worker may be at it, and the caller drops the post at once.

create table public.social_worker (
  id boolean not null default true,
  last_tick_at timestamptz,
  -- A background run that is at work renews this with each claim.
  run_expires_at timestamptz,
  constraint social_worker_pkey primary key (id),
  constraint social_worker_single_check check (id)
);
alter table public.social_worker enable row level security;
comment on table public.social_worker is 'One row: when the worker last looked for work, and whether a background run is at it.';
insert into public.social_worker default values;
revoke all on table public.social_worker from public, anon, authenticated;
grant select, update on table public.social_worker to service_role;

-- Leases accounts with posts that are due, and returns them with those posts:
-- {now, next_run_at, is_run_active, claims: [{account, posts: [{…, attempt, failure_count, expiry_count, pull_refused}]}]}.
-- Owners take turns: who was served longest ago comes first, and nobody's second account before everybody's first.
-- p_done: accounts of this holder that are given back first. p_may_begin false: posts in the queue are left there.
-- p_run_seconds: the caller is the background run, and is taken for active so long.
create function public.claim_accounts(
  p_holder uuid,
  p_done uuid[],
  p_account_limit integer,
  p_post_limit integer,
  p_lease_seconds integer,
  p_may_begin boolean,
  p_run_seconds integer
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  claimed uuid[];
  claims jsonb;
  -- Posts are due as of one instant: an index finds what lies before it, and cannot for a clock that goes on meanwhile.
  moment timestamptz;
begin
  -- `where` although it is one row: Supabase's API role refuses an update without (safeupdate).
  update public.social_worker
  set last_tick_at = clock_timestamp(),
      run_expires_at = coalesce(clock_timestamp() + make_interval(secs => p_run_seconds), run_expires_at)
  where id;
  moment := clock_timestamp();

  update public.social_accounts
  set lease_holder = null, lease_expires_at = null
  where id = any (p_done) and lease_holder = p_holder;

  with due as materialized (
    select p.account_id,
      min(p.run_at) filter (where p.status = 'queued') as begin_at,
      min(p.run_at) filter (where p.status <> 'queued') as check_at,
      bool_and(p.due_at > moment) as is_early
    from public.social_posts p
    where p.run_at <= moment and (p_may_begin or p.status <> 'queued')
    group by p.account_id
  ), free as (
    select a.id, a.user_id, a.claimed_at, due.is_early,
      least(due.begin_at, case when public.may_check(a.checks_booked_until) then due.check_at end) as run_at
    from due join public.social_accounts a on a.id = due.account_id
    where a.lease_expires_at is null or a.lease_expires_at <= clock_timestamp()
  ), held as (
    select a.user_id, count(*) as accounts
    from public.social_accounts a
    where a.lease_holder is not null and a.lease_expires_at > clock_timestamp()
    group by a.user_id
  ), turns as materialized (
    select f.id, f.run_at, f.is_early,
      coalesce(h.accounts, 0)
        + row_number() over (partition by f.user_id order by f.claimed_at nulls first, f.run_at, f.id) as turn,
      max(f.claimed_at) over (partition by f.user_id) as served_at
    from free f left join held h on h.user_id = f.user_id
    where f.run_at is not null
  ), candidates as materialized (
    select a.id
    from turns t join public.social_accounts a on a.id = t.id
    where a.lease_expires_at is null or a.lease_expires_at <= clock_timestamp()
    -- What is only to be looked at, hours before its time, comes after all that is due.
    order by t.is_early, t.turn, t.served_at nulls first, t.run_at, a.id
    limit p_account_limit
    for update of a skip locked
  ), leased as (
    update public.social_accounts a
    set lease_holder = p_holder,
        lease_expires_at = clock_timestamp() + make_interval(secs => p_lease_seconds),
        claimed_at = clock_timestamp(),
        fence = a.fence + 1
    from candidates c
    where a.id = c.id
    returning a.id
  )
  select coalesce(array_agg(id), '{}') into claimed from leased;

  -- A statement of its own: it sees what an earlier holder committed up to this moment.
  select coalesce(jsonb_agg(jsonb_build_object('account', to_jsonb(a), 'posts', due.posts)), '[]') into claims
  from public.social_accounts a
  cross join lateral (
    select coalesce(jsonb_agg(due_post.post order by due_post.is_early, due_post.run_at, due_post.due_at, due_post.created_at, due_post.id), '[]') as posts
    from (
      select p.id, p.run_at, p.due_at, p.created_at, p.due_at > moment as is_early, to_jsonb(p) || jsonb_build_object(
        'attempt', (
          select to_jsonb(t) from public.social_post_attempts t
          where t.post_id = p.id order by t.attempt_no desc limit 1
        ),
        'attempt_in_question', case when p.status = 'needs_attention' then (
          select to_jsonb(t) from public.social_post_attempts t
          where t.post_id = p.id and t.attempt_no = public.last_effective_attempt(p.id)
            and (t.outcome is null or t.outcome = 'unknown')
        ) end,
        'failure_count', ended.failures,
        'expiry_count', ended.expiries,
        'pull_refused', exists (
          select 1 from public.social_post_attempts t
          where t.post_id = p.id and t.transfer = 'pull'
            and t.error_code in ('url_ownership_unverified', 'video_pull_failed')
        )
      ) as post
      from public.social_posts p
      cross join lateral (
        select count(*) filter (where t.outcome = 'failed') as failures,
          count(*) filter (where t.outcome = 'expired') as expiries
        from public.social_post_attempts t
        where t.post_id = p.id and t.started_at > coalesce(p.retried_at, '-infinity')
      ) ended
      where p.account_id = a.id and p.run_at <= moment
        and case when p.status = 'queued' then p_may_begin else public.may_check(a.checks_booked_until) end
      order by is_early, p.run_at, p.due_at, p.created_at, p.id
      limit p_post_limit
    ) due_post
  ) due
  where a.id = any (claimed);

  update public.social_accounts a
  set checks_booked_until = greatest(a.checks_booked_until, clock_timestamp()) + checks.posts * interval '3 seconds'
  from (
    select (claim -> 'account' ->> 'id')::uuid as account_id, count(*) as posts
    from jsonb_array_elements(claims) claim, jsonb_array_elements(claim -> 'posts') post
    where post ->> 'status' <> 'queued'
    group by 1
  ) checks
  where a.id = checks.account_id;

  return (
    select jsonb_build_object(
      'now', clock_timestamp(),
      'next_run_at', (
        select min(p.run_at) from public.social_posts p
        where p.run_at > moment and (p_may_begin or p.status <> 'queued')
      ),
      'is_run_active', coalesce(w.run_expires_at > clock_timestamp(), false),
      'claims', claims
    )
    from public.social_worker w
  );
end
$$;

-- TikTok answers 30 status calls a minute and token. Each that is handed out books three seconds of its account's time,
-- and none is while ten seconds are booked: with the five posts of one claim that makes 28 a minute at most.
create function public.may_check(p_booked_until timestamptz) returns boolean
language sql
set search_path = ''
as $$
  select p_booked_until is null or p_booked_until <= clock_timestamp() + interval '10 seconds';
$$;

-- TikTok answers none of an account's status calls for so long: none is handed out until then, whatever is booked.
create function public.put_off_checks(p_account_id uuid, p_wait_seconds integer) returns void
language sql
set search_path = ''
as $$
  update public.social_accounts
  set checks_booked_until = greatest(
    checks_booked_until, clock_timestamp() + make_interval(secs => p_wait_seconds) + interval '10 seconds'
  )
  where id = p_account_id;
$$;

-- Gives back every lease of one worker; p_is_run: and says that the background run is over. True: something is due that
-- nobody holds.
create function public.release_accounts(p_holder uuid, p_is_run boolean) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
begin
  update public.social_accounts
  set lease_holder = null, lease_expires_at = null
  where lease_holder = p_holder;
  update public.social_worker set run_expires_at = null where id and p_is_run;
  return exists (
    select 1
    from public.social_posts p join public.social_accounts a on a.id = p.account_id
    where p.run_at <= moment and (p.status = 'queued' or public.may_check(a.checks_booked_until))
      and (a.lease_expires_at is null or a.lease_expires_at <= moment)
  );
end
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

-- TikTok's cap on posting accounts is the app's: met by one account, it holds for all that have not posted today.
create table public.social_app_limits (
  client_key text not null,
  user_cap_until timestamptz,
  constraint social_app_limits_pkey primary key (client_key)
);
alter table public.social_app_limits enable row level security;
comment on table public.social_app_limits is 'What TikTok has let a TikTok app know of its limits.';
revoke all on table public.social_app_limits from public, anon, authenticated;
grant select, insert, update, delete on table public.social_app_limits to service_role;

-- The direct posts that TikTok has taken from an account in 24 h; one of which nothing can come gives its place back.
create function public.direct_posts_today(p_account_id uuid) returns table (started_at timestamptz)
language sql
stable
set search_path = ''
as $$
  select t.started_at
  from public.social_post_attempts t
  where t.account_id = p_account_id and t.started_at > now() - interval '24 hours'
    and t.mode = 'direct' and t.publish_id is not null
    and (t.outcome is null or t.outcome not in ('failed', 'expired'));
$$;

-- What of TikTok's limits stands in the way of beginning a post, and until when. An init counts from the moment its
-- answer was in: TikTok cannot have seen it later.
create function public.limits_on(p_post_id uuid) returns table (bound text, free_at timestamptz)
language sql
stable
set search_path = ''
as $$
  with post as (
    select p.account_id, p.mode, a.client_key, a.daily_cap, a.daily_cap_met_at, a.inits_free_at, a.drafts_free_at
    from public.social_posts p join public.social_accounts a on a.id = p.account_id
    where p.id = p_post_id
  ), recent as (
    select t.started_at, t.outcome, t.mode, p.status,
      coalesce(t.recorded_at, t.finished_at, t.started_at + interval '10 seconds') as answered_at
    from post
      join public.social_post_attempts t on t.account_id = post.account_id
      join public.social_posts p on p.id = t.post_id
    where t.started_at > now() - interval '24 hours'
  ), direct as (
    select d.started_at, row_number() over (order by d.started_at desc) as place
    from post cross join lateral public.direct_posts_today(post.account_id) d
    where post.mode = 'direct'
  ), bounds as (
    (
      select 'inits' as bound, r.answered_at + interval '60 seconds' as free_at
      from recent r
      where r.outcome is distinct from 'not_sent'
      order by r.answered_at desc offset 5 limit 1
    )
    union all
    (
      -- A draft that failed, or was posted, gives its place back.
      select 'drafts', r.started_at + interval '24 hours'
      from recent r, post
      where post.mode = 'draft' and r.mode = 'draft' and r.status <> 'published'
        and (r.outcome is null or r.outcome in ('delivered', 'unknown'))
      order by r.started_at desc offset 4 limit 1
    )
    union all
    (
      -- Others may post for the same creator, so the cap is only as sure as TikTok's last word: it is asked hourly.
      select 'daily_cap', least(
        min(d.started_at) filter (where d.place <= post.daily_cap) + interval '24 hours',
        greatest(post.daily_cap_met_at, max(d.started_at)) + interval '1 hour'
      )
      from post left join direct d on true
      where post.mode = 'direct' and post.daily_cap is not null
      group by post.daily_cap, post.daily_cap_met_at
      having count(d.started_at) >= post.daily_cap
    )
    union all
    (
      select 'user_cap', l.user_cap_until
      from post join public.social_app_limits l on l.client_key = post.client_key
      where post.mode = 'direct' and not exists (select 1 from direct)
    )
    union all
    select 'inits', post.inits_free_at from post
    union all
    select 'drafts', post.drafts_free_at from post where post.mode = 'draft'
  )
  select b.bound, b.free_at from bounds b where b.free_at > clock_timestamp();
$$;

-- Has every post of the account that a limit concerns wait, and says so on each: where the minute's inits are used up,
-- six at a time. One that waits for something else keeps saying so, and is looked at within the hour: its patience goes on.
-- p_is_met: TikTok itself has just said so, and that is remembered.
create function public.hold_posts(
  p_post_id uuid,
  p_fence bigint,
  p_bound text,
  p_wait_seconds integer,
  p_is_met boolean,
  p_code text,
  p_message text
) returns text
language plpgsql
set search_path = ''
as $$
declare
  held public.social_accounts;
  until timestamptz := clock_timestamp() + make_interval(secs => p_wait_seconds);
  modes text[] := case p_bound when 'inits' then '{direct, draft}' when 'drafts' then '{draft}' else '{direct}' end;
  limits constant text[] :=
    '{rate_limit_exceeded, spam_risk_too_many_pending_share, spam_risk_too_many_posts, reached_active_user_cap}';
begin
  if not public.lock_leased_post(p_post_id, p_fence, 0) then
    return 'lease_lost';
  end if;
  select a.* into held
  from public.social_accounts a join public.social_posts p on p.account_id = a.id
  where p.id = p_post_id;

  if p_is_met and p_bound = 'daily_cap' then
    update public.social_accounts
    set daily_cap_met_at = clock_timestamp(),
        daily_cap = (select count(*) from public.direct_posts_today(held.id))
    where id = held.id;
  elsif p_is_met and p_bound = 'user_cap' then
    insert into public.social_app_limits (client_key, user_cap_until) values (held.client_key, until)
    on conflict (client_key) do update set user_cap_until = excluded.user_cap_until;
  elsif p_is_met then
    update public.social_accounts
    set inits_free_at = case when p_bound = 'inits' then until else inits_free_at end,
        drafts_free_at = case when p_bound = 'drafts' then until else drafts_free_at end
    where id = held.id;
  end if;

  with waiting as (
    select p.id,
      until + case when p_bound = 'inits' then (row_number() over (order by p.due_at, p.created_at, p.id) - 1) / 6 else 0 end
        * interval '61 seconds' as free_at
    from public.social_posts p
    where p.account_id = held.id and p.status = 'queued' and p.run_at <= until and p.due_at <= until
      and p.mode = any (modes)
  ), told as (
    update public.social_posts p
    set run_at = w.free_at,
        trouble_since = case when p.trouble_code = p_code then p.trouble_since else clock_timestamp() end,
        trouble_code = p_code,
        error_code = p_code,
        error_message = p_message,
        updated_at = clock_timestamp()
    from waiting w
    -- Said again for those that have been changed meanwhile.
    where p.id = w.id and p.status = 'queued' and p.due_at <= until and p.mode = any (modes)
      and (p.id = p_post_id or p.error_code is null or p.error_code = any (limits))
  )
  -- What waits for something else is looked at within the hour, and before those that are held: what they meet would hold
  -- it once more.
  update public.social_posts p
  set run_at = least(w.free_at, clock_timestamp() + interval '1 hour') - interval '30 seconds',
      updated_at = clock_timestamp()
  from waiting w
  where p.id = w.id and p.status = 'queued' and p.due_at <= until and p.mode = any (modes)
    and p.id <> p_post_id and p.error_code <> all (limits);
  return 'ok';
end
$$;

-- Commits the intent to call init, before it is called, with the post as the caller has read it: {result}. `paced`: one
-- of TikTok's limits stands in the way, {bound, wait_seconds}. Called again with the same attempt: the same answer.
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
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  paced record;
begin
  if not public.lock_leased_post(p_post_id, p_fence, p_need_seconds) then
    return '{"result": "lease_lost"}';
  end if;
  if exists (
    select 1 from public.social_post_attempts
    where id = p_attempt_id and post_id = p_post_id and fence = p_fence and outcome is null and publish_id is null
  ) then
    return '{"result": "ok"}';
  end if;
  if public.is_named_since(p_post_id) then
    return '{"result": "state_changed"}';
  end if;
  -- Not before its time, and not what its owner has changed since.
  perform 1 from public.social_posts
  where id = p_post_id and status = 'queued' and revision = p_revision
    and run_at <= clock_timestamp() and due_at <= clock_timestamp();
  if not found then
    return '{"result": "state_changed"}';
  end if;
  select l.bound, greatest(ceil(extract(epoch from l.free_at - clock_timestamp())), 1) as wait_seconds into paced
  from public.limits_on(p_post_id) l order by l.free_at desc limit 1;
  if found then
    return jsonb_build_object('result', 'paced', 'bound', paced.bound, 'wait_seconds', paced.wait_seconds);
  end if;

  update public.social_posts
  set status = 'initializing', attempt_count = attempt_count + 1, check_count = 0, publish_id = null,
      run_at = clock_timestamp(), error_code = null, error_message = null, updated_at = clock_timestamp()
  where id = p_post_id;
  insert into public.social_post_attempts (
    id, post_id, user_id, account_id, attempt_no, transfer, mode, title, privacy_level, fence, size_bytes,
    chunk_size_bytes, media_identity
  )
  select p_attempt_id, p.id, p.user_id, p.account_id, p.attempt_count, p_transfer, p.mode, p.title, p.privacy_level,
    p_fence, p_size_bytes, p_chunk_size_bytes, p_media_identity
  from public.social_posts p where p.id = p_post_id;
  return '{"result": "ok"}';
end
$$;

-- The publish id of a pull whose worker has lost its lease, for its own attempt, as long as nobody knows what became of it.
-- A post that its owner has sent again meanwhile, and that is not begun yet, waits until TikTok was asked.
create function public.keep_publish_id(
  p_post_id uuid,
  p_fence bigint,
  p_attempt_id uuid,
  p_publish_id text,
  p_log_id text
) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform 1 from public.social_posts where id = p_post_id for no key update;
  update public.social_post_attempts
  set publish_id = p_publish_id, recorded_at = clock_timestamp(), log_id = p_log_id
  where id = p_attempt_id and post_id = p_post_id and fence = p_fence and transfer = 'pull' and publish_id is null
    and (outcome is null or outcome = 'unknown')
    -- Somebody may have found it out by the webhook.
    and not exists (select 1 from public.social_post_attempts known where known.publish_id = p_publish_id);
  if not found then
    return;
  end if;
  -- Whoever has read the post without the id decides nothing by that.
  update public.social_posts p
  set publish_id = p_publish_id, run_at = clock_timestamp(), revision = revision + 1, updated_at = clock_timestamp()
  from public.social_post_attempts t
  where p.id = p_post_id and t.id = p_attempt_id and t.attempt_no = public.last_effective_attempt(p.id)
    and p.status in ('initializing', 'needs_attention', 'queued');
  if not found then
    return;
  end if;
  update public.social_posts
  set status = 'needs_attention', trouble_code = 'asked_once_more', trouble_since = clock_timestamp(),
      error_code = 'asked_once_more',
      error_message = 'You said that this was not published. TikTok is asked once more, and unless it says otherwise the post goes out again by itself.'
  where id = p_post_id and status = 'queued' and publish_id = p_publish_id;
end
$$;

-- Stores what init answered, by the very next statement. Not `ok`: throw the upload URL away and send nothing. Of a pull,
-- which TikTok has begun, the publish id is kept even without the lease: by it the post is settled.
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
    perform public.keep_publish_id(p_post_id, p_fence, p_attempt_id, p_publish_id, p_log_id);
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
      -- TikTok is to be asked to stop it.
      run_at = case
        when cancel_requested_at is null then clock_timestamp() + make_interval(secs => p_run_in_seconds)
        else clock_timestamp()
      end
  where id = p_post_id and status = 'initializing';
  if not found then
    raise exception 'post % is not initializing', p_post_id;
  end if;
  -- TikTok has taken more than it was thought to.
  update public.social_accounts a
  set daily_cap = null
  from public.social_posts p
  where p.id = p_post_id and a.id = p.account_id and a.daily_cap is not null
    and a.daily_cap < (select count(*) from public.direct_posts_today(a.id));
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

-- A draft that was posted, or came to nothing, makes room for those that wait.
create function public.free_draft(p_post_id uuid) returns void
language sql
set search_path = ''
as $$
  update public.social_accounts a
  set drafts_free_at = null
  from public.social_posts freed
  where freed.id = p_post_id and freed.mode = 'draft' and a.id = freed.account_id and a.drafts_free_at is not null;
  update public.social_posts waiting
  set run_at = least(waiting.run_at, greatest(waiting.due_at, clock_timestamp()))
  from public.social_posts freed
  where freed.id = p_post_id and freed.mode = 'draft'
    and waiting.account_id = freed.account_id and waiting.status = 'queued'
    and waiting.error_code = 'spam_risk_too_many_pending_share';
$$;

-- Moves a post from the state it was seen in, and closes its live attempt where there is an outcome; where its owner
-- was asked, also the attempt that was closed as unknown.
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
  p_log_id text,
  p_revision integer
) returns text
language plpgsql
set search_path = ''
as $$
declare
  post public.social_posts;
  account public.social_accounts;
begin
  if not public.lock_leased_post(p_post_id, p_fence, 0) then
    return 'lease_lost';
  end if;
  select p.* into post from public.social_posts p where p.id = p_post_id;
  select a.* into account from public.social_accounts a where a.id = post.account_id;
  if post.status <> p_from then
    return 'state_changed';
  end if;
  -- What was found out is not true of what its owner has made of it since, unless it is out, or is what init has answered.
  if post.revision <> p_revision and p_from <> 'initializing' and p_to not in ('published', 'delivered') then
    return 'state_changed';
  end if;
  if p_outcome is not null then
    update public.social_post_attempts
    set outcome = p_outcome, finished_at = clock_timestamp(), sealed_upload_url = null,
        error_code = p_error_code, error_message = p_error_message, log_id = coalesce(p_log_id, log_id)
    where post_id = p_post_id and (
      outcome is null
      or p_from = 'needs_attention' and outcome = 'unknown'
        and attempt_no = public.last_effective_attempt(p_post_id)
    );
  end if;
  -- The owner has connected the account again while the worker was at it: the post goes on at once, where it stands.
  if p_from <> 'needs_attention' and account.status = 'connected'
    and public.is_answered(p_error_code, post.mode, account.scopes) then
    p_to := case when p_to = 'needs_attention' then p_from else p_to end;
    p_run_in_seconds := 0;
    p_error_code := null;
    p_error_message := null;
  end if;
  if p_to = 'queued' and account.status = 'disconnected' then
    -- Disconnecting cancels what is queued, and so what becomes it.
    p_to := 'cancelled';
    p_run_in_seconds := null;
    p_error_code := 'account_disconnected';
    p_error_message := 'The account is disconnected, so the post does not go out. Connect it again, then queue the post anew.';
  elsif p_to = 'queued' and post.cancel_requested_at is not null then
    -- Nothing of it is under way, and its owner has asked for it to be stopped.
    p_to := 'cancelled';
    p_run_in_seconds := null;
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
      -- Of the attempt that it has come of: later ones may have come to nothing.
      publish_id = case
        when p_outcome in ('published', 'delivered') then (
          select t.publish_id from public.social_post_attempts t
          where t.post_id = p_post_id and t.attempt_no = public.last_effective_attempt(p_post_id)
        )
        else publish_id
      end,
      post_ids = coalesce(p_post_ids, post_ids),
      share_url = coalesce(p_share_url, share_url),
      published_at = case when p_to = 'published' then coalesce(published_at, clock_timestamp()) else published_at end,
      updated_at = clock_timestamp()
  where id = p_post_id;
  if p_from <> p_to and (p_to = 'published' or p_outcome not in ('delivered', 'unknown')) then
    perform public.free_draft(p_post_id);
  end if;
  return 'ok';
end
$$;

-- What was found out about a queued post before it is begun. It is looked at next when it is due. p_warnings: the
-- whole list, as JSON in text.
create function public.save_preflight(
  p_post_id uuid,
  p_fence bigint,
  p_revision integer,
  p_media_checked boolean,
  p_warnings text,
  p_error_code text,
  p_error_message text
) returns text
language plpgsql
set search_path = ''
as $$
declare
  is_connected boolean;
begin
  if not public.lock_leased_post(p_post_id, p_fence, 0) then
    return 'lease_lost';
  end if;
  -- The owner has connected the account again while the worker was at it: it is looked at once more.
  is_connected := exists (
    select 1 from public.social_posts p join public.social_accounts a on a.id = p.account_id
    where p.id = p_post_id and a.status = 'connected' and public.is_answered(p_error_code, p.mode, a.scopes)
  );
  update public.social_posts
  set media_checked = p_media_checked, warnings = p_warnings::jsonb,
      run_at = case when is_connected then clock_timestamp() else due_at end,
      error_code = case when not is_connected then p_error_code end,
      error_message = case when not is_connected then p_error_message end,
      updated_at = clock_timestamp()
  where id = p_post_id and status = 'queued' and revision = p_revision;
  return case when found then 'ok' else 'state_changed' end;
end
$$;

-- What creator_info has said of an account.
create function public.save_creator(p_account_id uuid, p_username text, p_max_video_duration_sec bigint)
returns void
language sql
set search_path = ''
as $$
  update public.social_accounts
  set username = p_username, max_video_duration_sec = p_max_video_duration_sec, creator_checked_at = clock_timestamp()
  where id = p_account_id;
$$;

-- TikTok tells nothing of an account's creator for so long.
create function public.put_off_creator(p_account_id uuid, p_wait_seconds integer) returns void
language sql
set search_path = ''
as $$
  update public.social_accounts
  set creator_free_at = clock_timestamp() + make_interval(secs => p_wait_seconds)
  where id = p_account_id;
$$;

-- For the health check: the last tick, the oldest post that should have been looked at and whose account nobody is at (or
-- that TikTok is not to be asked about yet), and the oldest moment at which the sweep should have renewed an account.
create function public.worker_health()
returns table (
  checked_at timestamptz, last_tick_at timestamptz, oldest_overdue_run_at timestamptz, oldest_overdue_refresh_at timestamptz
)
language sql
stable
set search_path = ''
as $$
  select clock_timestamp(), w.last_tick_at, (
    select p.run_at from public.social_posts p
    where p.run_at <= now() and not exists (
      select 1 from public.social_accounts a
      where a.id = p.account_id
        and (a.lease_expires_at > now() or p.status <> 'queued' and not public.may_check(a.checks_booked_until))
    )
    order by p.run_at limit 1
  ), (
    select min(a.refresh_at) from public.social_accounts a where a.status = 'connected' and a.refresh_at <= now()
  )
  from public.social_worker w;
$$;
