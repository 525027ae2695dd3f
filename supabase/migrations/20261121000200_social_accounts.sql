-- One row per user, platform and TikTok open_id. Only the functions' secret key reaches it.
create table public.social_accounts (
  id uuid not null,
  user_id uuid not null references auth.users (id) on delete cascade,
  platform text not null default 'tiktok',
  open_id text not null,
  display_name text,
  -- The @handle, needed for the link to a post; learnt from creator_info, null until then.
  username text,
  -- The longest video the creator may post directly, as creator_info last said it, and when.
  max_video_duration_sec bigint,
  creator_checked_at timestamptz,
  -- Until then TikTok tells nothing of the creator. Null: it has not said so.
  creator_free_at timestamptz,
  avatar_url text,
  scopes text[] not null,
  auth_method text not null,
  -- The TikTok app the tokens belong to: refresh and revoke work with no other.
  client_key text not null,
  status text not null default 'connected',
  sealed_access_token text,
  sealed_refresh_token text,
  -- Null where TikTok did not say: unknown, not endless.
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  token_version bigint not null default 1,
  -- When the sweep renews the tokens, if nobody has until then.
  refresh_at timestamptz not null default now(),
  -- When the operator was last told that the refresh token nears its end.
  warned_at timestamptz,
  -- The moment for which TikTok last had the tokens checked, since the account was connected: it says the consent is gone.
  removal_told_at timestamptz,
  connected_at timestamptz not null default now(),
  -- The lease: its holder alone may work this account's posts. The fence grows with each claim and never falls.
  lease_holder uuid,
  lease_expires_at timestamptz,
  fence bigint not null default 0,
  -- The last lease taken for the worker, by which owners take turns.
  claimed_at timestamptz,
  -- Status calls are spread by this: until when they have used up the account's share of them.
  checks_booked_until timestamptz,
  -- How many direct posts TikTok was seen to take in 24 h, and when it last said that this was the end.
  daily_cap integer,
  daily_cap_met_at timestamptz,
  -- Until when TikTok has said that it takes no more inits, and no more drafts.
  inits_free_at timestamptz,
  drafts_free_at timestamptz,

  constraint social_accounts_pkey primary key (id),
  constraint social_accounts_owner_key unique (id, user_id),
  constraint social_accounts_identity_key unique (user_id, platform, open_id),
  constraint social_accounts_platform_check check (platform in ('tiktok')),
  constraint social_accounts_open_id_check check (length(open_id) between 1 and 128),
  constraint social_accounts_display_name_check check (length(display_name) <= 256),
  constraint social_accounts_username_check check (length(username) <= 256),
  constraint social_accounts_avatar_url_check check (length(avatar_url) <= 2048),
  constraint social_accounts_auth_method_check check (auth_method in ('shared', 'own')),
  constraint social_accounts_client_key_check check (length(client_key) between 1 and 128),
  constraint social_accounts_status_check check (status in ('connected', 'reauth_required', 'disconnected')),
  constraint social_accounts_tokens_check check (
    status <> 'connected' or (sealed_access_token is not null and sealed_refresh_token is not null)
  ),
  constraint social_accounts_sealed_check check (
    length(sealed_access_token) <= 8192 and length(sealed_refresh_token) <= 8192
  )
);
alter table public.social_accounts enable row level security;
comment on table public.social_accounts is 'Connected TikTok accounts with sealed tokens. No client role sees it.';

revoke all on table public.social_accounts from public, anon, authenticated;
grant select, insert, update, delete on table public.social_accounts to service_role;

-- What an account must have allowed for a post of this mode.
create function public.scope_for(p_mode text) returns text
language sql
immutable
set search_path = ''
as $$
  select case p_mode when 'direct' then 'video.publish' else 'video.upload' end;
$$;

-- When idle tokens are renewed: after two to three fifths of the refresh token's life, each account at a time of its own,
-- so that those connected within one hour do not come within one. A life of which TikTok did not tell counts as 14 days.
create function public.refresh_moment(p_account_id uuid, p_life_seconds bigint) returns timestamptz
language sql
stable
set search_path = ''
as $$
  select now() + make_interval(secs => greatest(
    coalesce(p_life_seconds, 1209600) * (0.4 + 0.2 * (hashtextextended(p_account_id::text, 0) & 1023) / 1024),
    3600
  ));
$$;

-- A person's consent at TikTok to one app: whoever connects or disconnects such an account does it alone.
create function public.lock_consent(p_open_id text, p_client_key text) returns void
language sql
set search_path = ''
as $$
  select pg_advisory_xact_lock(hashtextextended('tiktok_consent ' || p_client_key || ' ' || p_open_id, 0));
$$;

-- Saves a connection: a new account, or the same one renewed in place (same id, so its posts stay).
-- p_expected_version is 0 for a new account, else the version that was read; the caller sealed the tokens for
-- the version that follows. No row back: somebody else saved in between, read again and seal again.
-- p_asked_at: before TikTok was asked for these tokens. They are not saved while the same consent is being taken back, or
-- if it has been since then: they are dead, or about to die. A consent that was still to be taken back is kept now.
create function public.save_account(
  p_id uuid,
  p_user_id uuid,
  p_open_id text,
  p_display_name text,
  p_avatar_url text,
  p_scopes text[],
  p_auth_method text,
  p_client_key text,
  p_sealed_access_token text,
  p_sealed_refresh_token text,
  p_access_expires_in_seconds bigint,
  p_refresh_expires_in_seconds bigint,
  p_expected_version bigint,
  p_asked_at timestamptz
) returns setof public.social_accounts
language plpgsql
set search_path = ''
as $$
declare
  saved public.social_accounts;
begin
  perform public.lock_consent(p_open_id, p_client_key);
  -- Whoever claims one of them holds its row: this waits, and then sees it.
  delete from public.social_revocations
  where open_id = p_open_id and client_key = p_client_key
    and ended_at is null and (held_until is null or held_until <= clock_timestamp());
  if exists (
    select 1 from public.social_revocations
    where open_id = p_open_id and client_key = p_client_key
      and (ended_at is null or ended_at > p_asked_at)
  ) then
    raise exception 'the consent is being taken back' using errcode = 'object_in_use';
  end if;
  -- An own app may be deleted at any moment, but not while an account is being connected through it.
  if p_auth_method = 'own' then
    perform 1 from public.social_apps where user_id = p_user_id and client_key = p_client_key for share;
    if not found then
      raise exception 'the app is gone' using errcode = 'foreign_key_violation';
    end if;
  end if;
  insert into public.social_accounts as a (
    id, user_id, open_id, display_name, avatar_url, scopes, auth_method, client_key,
    sealed_access_token, sealed_refresh_token, access_token_expires_at, refresh_token_expires_at, token_version,
    refresh_at
  ) values (
    p_id, p_user_id, p_open_id, p_display_name, p_avatar_url, p_scopes, p_auth_method, p_client_key,
    p_sealed_access_token, p_sealed_refresh_token,
    now() + make_interval(secs => p_access_expires_in_seconds),
    now() + make_interval(secs => p_refresh_expires_in_seconds),
    p_expected_version + 1,
    public.refresh_moment(p_id, p_refresh_expires_in_seconds)
  )
  on conflict on constraint social_accounts_identity_key do update set
    display_name = coalesce(excluded.display_name, a.display_name),
    avatar_url = coalesce(excluded.avatar_url, a.avatar_url),
    scopes = excluded.scopes,
    auth_method = excluded.auth_method,
    client_key = excluded.client_key,
    status = 'connected',
    sealed_access_token = excluded.sealed_access_token,
    sealed_refresh_token = excluded.sealed_refresh_token,
    access_token_expires_at = excluded.access_token_expires_at,
    refresh_token_expires_at = excluded.refresh_token_expires_at,
    token_version = excluded.token_version,
    refresh_at = excluded.refresh_at,
    warned_at = null,
    removal_told_at = null,
    connected_at = now()
  where a.id = p_id and a.token_version = p_expected_version
  returning a.* into saved;
  if not found then
    return;
  end if;
  -- Posts that were waiting for this consent go on at once, where they stood; but none goes out a week late.
  update public.social_posts p
  set status = case
        when p.status <> 'needs_attention' then p.status
        else coalesce((
          select case when t.transfer = 'upload' and t.last_chunk_at is null then 'uploading' else 'processing' end
          from public.social_post_attempts t
          where t.post_id = p.id and t.outcome is null
        ), 'queued')
      end,
      -- Not before its time, if that is still to come.
      run_at = now(), due_at = greatest(p.due_at, now()), check_count = 0, trouble_code = null, trouble_since = null,
      error_code = null, error_message = null, updated_at = now()
  where p.account_id = saved.id and p.error_code in ('reauth_required', 'scope_missing')
    and public.is_answered(p.error_code, p.mode, saved.scopes)
    and p.status in ('queued', 'uploading', 'processing', 'published', 'needs_attention')
    and (p.status <> 'needs_attention' or p.due_at > now() - interval '7 days');
  update public.social_posts p
  set error_message = 'The account was connected again more than a week after this post was due, so it does not go out by itself any more. Settle it as published or not published.',
      run_at = case when exists (
        select 1 from public.social_post_attempts t
        where t.post_id = p.id and t.outcome is null and t.publish_id is not null
      ) then now() else p.run_at end,
      updated_at = now()
  where p.account_id = saved.id and p.error_code in ('reauth_required', 'scope_missing')
    and public.is_answered(p.error_code, p.mode, saved.scopes) and p.status = 'needs_attention';
  -- TikTok can be asked again what became of those that it is asked about.
  update public.social_posts p
  set run_at = now()
  where p.account_id = saved.id and p.status = 'needs_attention' and p.run_at > now();
  -- Posts that less has been allowed to than they need are told so long before their time.
  update public.social_posts p
  set run_at = now()
  where p.account_id = saved.id and p.status = 'queued' and p.run_at > now() and p.due_at > now()
    and p.error_code is distinct from 'scope_missing' and not public.scope_for(p.mode) = any (saved.scopes);
  return next saved;
end
$$;

-- Stores a refreshed pair. The version is the guard, not the lease: a rotated token is precious even to a worker
-- whose lease has lapsed, and a newer pair is never overwritten by an older one.
create function public.rotate_tokens(
  p_account_id uuid,
  p_expected_version bigint,
  p_sealed_access_token text,
  p_sealed_refresh_token text,
  p_access_expires_in_seconds bigint,
  p_refresh_expires_in_seconds bigint,
  p_scopes text[]
) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.social_accounts
  set sealed_access_token = p_sealed_access_token,
      sealed_refresh_token = p_sealed_refresh_token,
      access_token_expires_at = now() + make_interval(secs => p_access_expires_in_seconds),
      refresh_token_expires_at = now() + make_interval(secs => p_refresh_expires_in_seconds),
      scopes = coalesce(p_scopes, scopes),
      refresh_at = public.refresh_moment(id, p_refresh_expires_in_seconds),
      token_version = token_version + 1,
      status = 'connected'
  where id = p_account_id and token_version = p_expected_version and status <> 'disconnected';
  if found then
    return true;
  end if;
  -- The answer to this very call may have been lost: saved already, by us.
  return exists (
    select 1 from public.social_accounts
    where id = p_account_id and token_version = p_expected_version + 1
      and sealed_refresh_token = p_sealed_refresh_token
  );
end
$$;

-- TikTok has said that the token does not cover these scopes. Only if nobody stored a newer pair meanwhile.
create function public.forget_scopes(p_account_id uuid, p_expected_version bigint, p_scopes text[])
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.social_accounts a
  set scopes = array(select scope from unnest(a.scopes) scope where scope <> all (p_scopes))
  where a.id = p_account_id and a.token_version = p_expected_version and a.status <> 'disconnected';
  return found;
end
$$;

-- TikTok has said its last word on the refresh token: the tokens are erased, and queued posts are told so long before
-- their time. Only if nobody stored a newer pair meanwhile.
create function public.require_reauth(p_account_id uuid, p_expected_version bigint) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.social_accounts
  set status = 'reauth_required', sealed_access_token = null, sealed_refresh_token = null,
      access_token_expires_at = null, refresh_token_expires_at = null
  where id = p_account_id and token_version = p_expected_version and status = 'connected';
  if not found then
    return false;
  end if;
  update public.social_posts
  set run_at = now()
  where account_id = p_account_id and status = 'queued' and run_at > now() and due_at > now();
  return true;
end
$$;
