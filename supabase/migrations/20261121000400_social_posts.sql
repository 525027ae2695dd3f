-- The queue. `run_at` is the next moment a post needs attention; null: nothing more is to be done by the worker.
-- A queued post with a run_at before its due_at is only looked at then, and begun no sooner than at due_at.
create table public.social_posts (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  account_id uuid not null,
  idempotency_key text,
  -- Hash of the request the key came with: the same key with another request is a mistake, not a replay.
  idempotency_hash text,

  media_type text not null,
  video_url text,
  photo_urls text[],
  photo_cover_index integer,
  title text,
  description text,
  mode text not null,
  transfer text not null default 'auto',
  privacy_level text,
  disable_duet boolean not null default false,
  disable_stitch boolean not null default false,
  disable_comment boolean not null default false,
  video_cover_timestamp_ms integer,
  brand_content_toggle boolean not null default false,
  brand_organic_toggle boolean not null default false,
  is_aigc boolean not null default false,
  auto_add_music boolean not null default false,
  -- What whoever posts has agreed to, and when, by the clock of the page that asked; null: nobody asked.
  consent_declaration text,
  consent_agreed_at timestamptz,

  status text not null default 'queued',
  run_at timestamptz default now(),
  scheduled_at timestamptz,
  -- The moment the post was to go out, or its owner last set it going again: patience is counted from here.
  due_at timestamptz not null default now(),
  -- Its media were there to be looked at, and TikTok would take them. If not, they are looked at before an attempt.
  media_checked boolean not null default false,
  attempt_count integer not null default 0,
  -- Grows with each thing its owner makes of it: what a worker finds out about an older one is void.
  revision integer not null default 0,
  -- When its owner last asked for another try, or rewrote it: failures before it do not count any more.
  retried_at timestamptz,
  -- Its owner wants it stopped; TikTok has not said yet whether it is.
  cancel_requested_at timestamptz,
  -- Visits in the present state, for the backoff; back to 0 with each new state.
  check_count integer not null default 0,
  -- What has kept the post from going out, and since when without a break.
  trouble_code text,
  trouble_since timestamptz,
  publish_id text,
  post_ids text[] not null default '{}',
  share_url text,
  error_code text,
  error_message text,
  warnings jsonb not null default '[]',
  -- Whole milliseconds: clients page by it and know no finer.
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz not null default now(),
  published_at timestamptz,

  constraint social_posts_pkey primary key (id),
  constraint social_posts_owner_key unique (id, user_id),
  constraint social_posts_account_fkey foreign key (account_id, user_id)
    references public.social_accounts (id, user_id) on delete cascade,
  constraint social_posts_idempotency_key unique (user_id, idempotency_key),
  constraint social_posts_idempotency_check check (
    length(idempotency_key) between 1 and 255 and (idempotency_key is null) = (idempotency_hash is null)
  ),
  constraint social_posts_media_type_check check (media_type in ('video', 'photo')),
  constraint social_posts_media_check check (
    case media_type
      when 'video' then video_url is not null and photo_urls is null
      else video_url is null and cardinality(photo_urls) between 1 and 35
    end
  ),
  constraint social_posts_video_url_check check (length(video_url) <= 2048),
  constraint social_posts_title_check check (length(title) <= 2200),
  constraint social_posts_description_check check (length(description) <= 4000),
  constraint social_posts_mode_check check (mode in ('direct', 'draft')),
  constraint social_posts_transfer_check check (transfer in ('auto', 'pull', 'upload')),
  constraint social_posts_privacy_level_check check (
    privacy_level in ('PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'FOLLOWER_OF_CREATOR', 'SELF_ONLY')
  ),
  constraint social_posts_direct_privacy_check check (mode = 'draft' or privacy_level is not null),
  constraint social_posts_consent_check check (
    (consent_declaration is null) = (consent_agreed_at is null)
    and consent_declaration = case
      when brand_content_toggle then 'branded_content_and_music_usage'
      else 'music_usage'
    end
  ),
  constraint social_posts_status_check check (status in (
    'queued', 'initializing', 'uploading', 'processing',
    'published', 'delivered', 'failed', 'needs_attention', 'cancelled'
  )),
  constraint social_posts_run_at_check check (
    status not in ('queued', 'initializing', 'uploading', 'processing') or run_at is not null
  ),
  constraint social_posts_over_check check (status not in ('failed', 'cancelled') or run_at is null),
  constraint social_posts_error_check check (
    status not in ('failed', 'needs_attention') or (error_code is not null and error_message is not null)
  ),
  constraint social_posts_error_code_check check (length(error_code) <= 100),
  constraint social_posts_error_message_check check (length(error_message) <= 1000),
  constraint social_posts_publish_id_check check (length(publish_id) <= 64),
  constraint social_posts_share_url_check check (length(share_url) <= 2048)
);
alter table public.social_posts enable row level security;
comment on table public.social_posts is 'The queue of posts. Its owner may read it; only the functions write it.';
create index social_posts_due_idx on public.social_posts (account_id, run_at) where run_at is not null;
create index social_posts_account_idx on public.social_posts (account_id, user_id);
create index social_posts_consent_idx on public.social_posts (account_id)
  where error_code in ('reauth_required', 'scope_missing');
create index social_posts_run_at_idx on public.social_posts (run_at) where run_at is not null;
create index social_posts_owner_idx on public.social_posts (user_id, created_at desc, id desc);
create index social_posts_schedule_idx on public.social_posts (user_id, due_at, id);
create index social_posts_publish_id_idx on public.social_posts (publish_id) where publish_id is not null;

-- One row per init ever tried, written before TikTok is called. Evidence is never overwritten.
create table public.social_post_attempts (
  id uuid not null,
  post_id uuid not null,
  user_id uuid not null,
  account_id uuid not null,
  attempt_no integer not null,
  transfer text not null,
  -- As they were sent: the post's owner may have changed them since.
  mode text not null,
  title text,
  privacy_level text,
  fence bigint not null,
  started_at timestamptz not null default clock_timestamp(),
  -- When publish_id was stored; the upload URL cannot have been issued later.
  recorded_at timestamptz,
  publish_id text,
  -- A bearer capability: whoever has it can put any video under this post. Sealed, and erased with the outcome.
  sealed_upload_url text,
  size_bytes bigint,
  chunk_size_bytes bigint,
  -- What the source said it was (ETag or Last-Modified) when the upload began.
  media_identity text,
  next_byte bigint not null default 0,
  -- SHA-256 (base64url) of the bytes before next_byte, where the source says nothing that would tell its versions apart.
  sent_sha256 text,
  -- The point of no return: set before the last chunk is sent. While it is null, TikTok cannot have every byte.
  last_chunk_at timestamptz,
  outcome text,
  error_code text,
  error_message text,
  log_id text,
  finished_at timestamptz,

  constraint social_post_attempts_pkey primary key (id),
  constraint social_post_attempts_post_fkey foreign key (post_id, user_id)
    references public.social_posts (id, user_id) on delete cascade,
  constraint social_post_attempts_number_key unique (post_id, attempt_no),
  constraint social_post_attempts_publish_id_key unique (publish_id),
  constraint social_post_attempts_transfer_check check (transfer in ('pull', 'upload')),
  constraint social_post_attempts_mode_check check (mode in ('direct', 'draft')),
  constraint social_post_attempts_upload_check check (
    transfer = 'pull' or (size_bytes > 0 and chunk_size_bytes > 0)
  ),
  constraint social_post_attempts_next_byte_check check (next_byte between 0 and coalesce(size_bytes, 0)),
  constraint social_post_attempts_sent_sha256_check check (length(sent_sha256) = 43),
  constraint social_post_attempts_outcome_check check (
    outcome in ('published', 'delivered', 'failed', 'rejected', 'not_sent', 'abandoned', 'expired', 'unknown')
  ),
  constraint social_post_attempts_finished_check check ((outcome is null) = (finished_at is null)),
  constraint social_post_attempts_publish_id_check check (length(publish_id) <= 64),
  constraint social_post_attempts_media_identity_check check (length(media_identity) <= 512),
  constraint social_post_attempts_sealed_check check (length(sealed_upload_url) <= 4096),
  constraint social_post_attempts_error_code_check check (length(error_code) <= 100),
  constraint social_post_attempts_error_message_check check (length(error_message) <= 1000),
  constraint social_post_attempts_log_id_check check (length(log_id) <= 128)
);
alter table public.social_post_attempts enable row level security;
comment on table public.social_post_attempts is 'Every init ever tried. Its owner may read it, but for the upload URL.';
-- At most one attempt of a post is alive, whatever the code above believes.
create unique index social_post_attempts_live_idx on public.social_post_attempts (post_id) where outcome is null;

-- What an account has begun of late, for TikTok's limits.
create index social_post_attempts_recent_idx on public.social_post_attempts (account_id, started_at desc);

-- The owner reads along (Realtime needs the grant as well as the policy); columns that are nobody's business stay out.
revoke all on table public.social_posts, public.social_post_attempts from public, anon, authenticated;
grant select (
  id, user_id, account_id, media_type, video_url, photo_urls, photo_cover_index, title, description, mode, transfer,
  privacy_level, disable_duet, disable_stitch, disable_comment, video_cover_timestamp_ms, brand_content_toggle,
  brand_organic_toggle, is_aigc, auto_add_music, consent_declaration, consent_agreed_at, status, run_at, scheduled_at, due_at, attempt_count, publish_id,
  post_ids, share_url, error_code, error_message, warnings, created_at, updated_at, published_at
) on public.social_posts to authenticated;
grant select (
  id, post_id, user_id, attempt_no, transfer, started_at, publish_id, size_bytes, next_byte, outcome, error_code,
  error_message, finished_at
) on public.social_post_attempts to authenticated;
grant select, insert, update, delete on table public.social_posts, public.social_post_attempts to service_role;

-- Realtime, where the project has it: its publication belongs to Supabase.
do $$
begin
  if exists (select 1 from pg_publication where pubname = 'supabase_realtime') then
    alter publication supabase_realtime add table public.social_posts, public.social_post_attempts;
  end if;
end
$$;

create policy social_posts_select_own on public.social_posts
  for select to authenticated using ((select auth.uid()) = user_id);
create policy social_post_attempts_select_own on public.social_post_attempts
  for select to authenticated using ((select auth.uid()) = user_id);

-- Whether a consent with these scopes is what a post of that mode waits for by that error.
create function public.is_answered(p_error_code text, p_mode text, p_scopes text[]) returns boolean
language sql
immutable
set search_path = ''
as $$
  select p_error_code = 'reauth_required'
    or p_error_code = 'scope_missing' and public.scope_for(p_mode) = any (p_scopes);
$$;

-- The latest attempt of a post that may be out: not those that were refused or left unsent, or of which TikTok has said
-- that nothing was published. While its outcome is unknown, it is the one in question.
create function public.last_effective_attempt(p_post_id uuid) returns integer
language sql
stable
set search_path = ''
as $$
  select max(t.attempt_no) from public.social_post_attempts t
  where t.post_id = p_post_id and (
    t.outcome is null or t.outcome not in ('not_sent', 'rejected', 'abandoned', 'failed', 'expired')
  );
$$;

-- The owner's verbs. Each names the state it expects, so racing a worker is safe: one of the two comes too late.

-- Cancels a post: at once while it is queued, by asking TikTok (the worker does) while TikTok still downloads it, or is
-- just being told to. One that its owner has called not published does not go out again; where TikTok has named a publish
-- that it may be, it is asked before that, and the post says so (p_code).
create function public.cancel_post(p_post_id uuid, p_user_id uuid, p_code text, p_message text) returns text
language plpgsql
set search_path = ''
as $$
declare
  account_status text;
  post public.social_posts;
  is_asked boolean;
begin
  -- Whatever a worker is writing of it is waited for, and then seen.
  select p.* into post from public.social_posts p
  where p.id = p_post_id and p.user_id = p_user_id
  for no key update;
  select a.status into account_status from public.social_accounts a where a.id = post.account_id;
  is_asked := post.status = 'queued' and public.is_named_since(p_post_id)
    or post.status = 'needs_attention' and post.error_code in ('asked_once_more', p_code);
  if post.status = 'queued' and not is_asked or is_asked and account_status = 'disconnected' then
    update public.social_posts
    set status = 'cancelled', run_at = null, error_code = null, error_message = null, updated_at = now()
    where id = p_post_id;
    return 'cancelled';
  end if;
  if is_asked then
    update public.social_posts
    set status = 'needs_attention', cancel_requested_at = coalesce(cancel_requested_at, now()), run_at = now(),
        check_count = 0, revision = revision + 1, trouble_code = p_code, trouble_since = now(),
        error_code = p_code, error_message = p_message, updated_at = now()
    where id = p_post_id;
    return 'requested';
  end if;
  if post.status in ('initializing', 'processing') and exists (
    select 1 from public.social_post_attempts t
    where t.post_id = p_post_id and t.outcome is null and t.transfer = 'pull'
  ) then
    update public.social_posts
    set cancel_requested_at = coalesce(cancel_requested_at, now()), run_at = now(), check_count = 0,
        revision = case when cancel_requested_at is null then revision + 1 else revision end,
        updated_at = now()
    where id = p_post_id;
    return 'requested';
  end if;
  return 'too_late';
end
$$;

-- Rewrites a post that no worker has begun, and nobody has rewritten since it was read: every column that its owner
-- chooses, as a JSON object in text.
create function public.edit_post(p_post_id uuid, p_user_id uuid, p_revision integer, p_post text) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  edited public.social_posts := jsonb_populate_record(null::public.social_posts, p_post::jsonb);
begin
  update public.social_posts
  set video_url = edited.video_url,
      photo_urls = edited.photo_urls,
      photo_cover_index = edited.photo_cover_index,
      title = edited.title,
      description = edited.description,
      mode = edited.mode,
      transfer = edited.transfer,
      privacy_level = edited.privacy_level,
      disable_duet = edited.disable_duet,
      disable_stitch = edited.disable_stitch,
      disable_comment = edited.disable_comment,
      video_cover_timestamp_ms = edited.video_cover_timestamp_ms,
      brand_content_toggle = edited.brand_content_toggle,
      brand_organic_toggle = edited.brand_organic_toggle,
      is_aigc = edited.is_aigc,
      auto_add_music = edited.auto_add_music,
      consent_declaration = edited.consent_declaration,
      consent_agreed_at = edited.consent_agreed_at,
      warnings = edited.warnings,
      scheduled_at = edited.scheduled_at,
      run_at = coalesce(edited.run_at, now()),
      due_at = coalesce(edited.due_at, now()),
      media_checked = edited.media_checked,
      retried_at = now(),
      trouble_code = null,
      trouble_since = null,
      revision = revision + 1,
      check_count = 0,
      error_code = null,
      error_message = null,
      updated_at = now()
  where id = p_post_id and user_id = p_user_id and status = 'queued' and revision = p_revision;
  return found;
end
$$;

-- Another try for a post that failed: nothing of it was published.
create function public.retry_post(p_post_id uuid, p_user_id uuid) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.social_posts
  set status = 'queued', run_at = now(), due_at = now(), retried_at = now(), check_count = 0, media_checked = false,
      trouble_code = null, trouble_since = null,
      cancel_requested_at = null, error_code = null, error_message = null, updated_at = now()
  where id = p_post_id and user_id = p_user_id and status = 'failed';
  return found;
end
$$;

-- The owner has looked at TikTok and says what became of a post that nobody knew the outcome of. Not published: it is
-- queued again; but where TikTok has named the publish, in its answer or by an event since, it is asked once more before
-- that, and the post says so (p_code). Through a disconnected account nobody can be asked, and nothing goes out.
create function public.resolve_post(
  p_post_id uuid,
  p_user_id uuid,
  p_is_published boolean,
  p_code text,
  p_message text
) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  account_status text;
  in_question public.social_post_attempts;
  is_asked boolean;
  is_cancelled boolean;
begin
  -- The account first, as everybody does: other posts of it may be changed below.
  select a.status into account_status from public.social_accounts a
  where a.id = (select p.account_id from public.social_posts p where p.id = p_post_id and p.user_id = p_user_id)
  for no key update;
  perform 1 from public.social_posts
  where id = p_post_id and user_id = p_user_id and status = 'needs_attention'
  for no key update;
  if not found then
    return false;
  end if;
  select t.* into in_question from public.social_post_attempts t
  where t.post_id = p_post_id and t.attempt_no = public.last_effective_attempt(p_post_id);
  is_asked := not p_is_published and account_status <> 'disconnected' and (
    in_question.publish_id is not null and (in_question.outcome is null or in_question.outcome = 'unknown')
    or public.find_candidate(p_post_id) is not null
  );
  is_cancelled := not p_is_published and account_status = 'disconnected';
  update public.social_posts
  set status = case
        when p_is_published then 'published'
        when is_cancelled then 'cancelled'
        when is_asked then status
        else 'queued'
      end,
      published_at = case when p_is_published then now() end,
      publish_id = case when p_is_published then in_question.publish_id else publish_id end,
      run_at = case when is_cancelled or p_is_published and in_question.publish_id is null then null else now() end,
      due_at = case when p_is_published then due_at else now() end,
      retried_at = now(), revision = revision + 1, check_count = 0, cancel_requested_at = null,
      trouble_code = case when is_asked then p_code end,
      trouble_since = case when is_asked then now() end,
      error_code = case when is_asked then p_code when is_cancelled then 'account_disconnected' end,
      error_message = case
        when is_asked then p_message
        when is_cancelled then
          'The account is disconnected, so the post does not go out. Connect it again, then queue the post anew.'
      end,
      updated_at = now()
  where id = p_post_id;
  update public.social_post_attempts
  set outcome = case when p_is_published then 'published' else 'unknown' end, finished_at = now(),
      sealed_upload_url = null, error_code = 'resolved_by_owner',
      error_message = 'Its owner looked at TikTok and said what became of it.'
  where post_id = p_post_id and outcome is null;
  if p_is_published then
    perform public.free_draft(p_post_id);
  end if;
  return true;
end
$$;
