-- Consents that are to be taken back at TikTok, with the tokens it takes: they left their account when it was disconnected,
-- and nobody reads them but whoever takes the consent back. Only the functions' secret key reaches it.
create table public.social_revocations (
  id uuid not null,
  account_id uuid not null references public.social_accounts (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  open_id text not null,
  auth_method text not null,
  client_key text not null,
  -- Erased with the end.
  sealed_access_token text,
  sealed_refresh_token text,
  -- Null where TikTok did not say.
  access_token_expires_at timestamptz,
  token_version bigint not null default 1,
  -- When it is tried again.
  run_at timestamptz not null default now() + interval '10 minutes',
  try_count integer not null default 1,
  -- By then TikTok has been asked for a week, or the tokens are dead by themselves.
  give_up_at timestamptz not null,
  -- Whoever is at it just now; nobody connects by this consent meanwhile.
  holder uuid,
  held_until timestamptz,
  -- The row stays a while: a connect that had begun before must not trust its tokens.
  ended_at timestamptz,

  constraint social_revocations_pkey primary key (id),
  constraint social_revocations_tokens_check check (
    (ended_at is null) = (sealed_access_token is not null and sealed_refresh_token is not null)
  ),
  constraint social_revocations_sealed_check check (
    length(sealed_access_token) <= 8192 and length(sealed_refresh_token) <= 8192
  )
);
alter table public.social_revocations enable row level security;
comment on table public.social_revocations is 'Consents to be taken back at TikTok, with sealed tokens. No client role sees them.';
create index social_revocations_consent_idx on public.social_revocations (open_id, client_key);
create index social_revocations_account_id_idx on public.social_revocations (account_id);
create index social_revocations_user_id_idx on public.social_revocations (user_id);

revoke all on table public.social_revocations from public, anon, authenticated;
grant select, insert, update, delete on table public.social_revocations to service_role;

-- What a sweep has to do: {now, accounts, revocations, warnings, given_up}. Accounts whose tokens are to be renewed are
-- leased under the same fence as the worker's claims, those first whose refresh token ends first; consents to be taken back
-- are held. Each is tried again in an hour, later and later, if nothing comes of it, so none is in the way of the others.
create function public.claim_sweep(p_holder uuid, p_limit integer, p_lease_seconds integer) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  warnings jsonb;
  given_up jsonb;
  accounts jsonb;
  revocations jsonb;
begin
  -- Whose refresh token ends within 14 days although it was tried to renew it, once a day.
  with ending as materialized (
    select id from public.social_accounts
    where status = 'connected' and refresh_token_expires_at <= now() + interval '14 days' and refresh_at > now()
      and (warned_at is null or warned_at <= now() - interval '1 day')
    order by refresh_token_expires_at limit p_limit
    for no key update skip locked
  ), warned as (
    update public.social_accounts a set warned_at = now() from ending e where a.id = e.id
    returning a.id, a.refresh_token_expires_at
  )
  select coalesce(jsonb_agg(jsonb_build_object('id', id, 'ends_at', refresh_token_expires_at)), '[]') into warnings
  from warned;

  -- Nothing here waits for a row: whoever connects holds one of these and may want an account that is held above.
  delete from public.social_revocations where id in (
    select id from public.social_revocations where ended_at < now() - interval '1 hour' for update skip locked
  );
  with hopeless as materialized (
    select id from public.social_revocations
    where ended_at is null and give_up_at <= now() and (held_until is null or held_until <= clock_timestamp())
    for update skip locked
  ), over as (
    update public.social_revocations r
    set ended_at = clock_timestamp(), sealed_access_token = null, sealed_refresh_token = null
    from hopeless h where r.id = h.id
    returning r.account_id
  )
  select coalesce(jsonb_agg(account_id), '[]') into given_up from over;

  with candidates as materialized (
    select id from public.social_accounts
    where status = 'connected' and refresh_at <= now()
      and (lease_expires_at is null or lease_expires_at <= clock_timestamp())
    order by refresh_token_expires_at nulls first, refresh_at, id limit p_limit
    for update skip locked
  ), leased as (
    update public.social_accounts a
    set lease_holder = p_holder,
        lease_expires_at = clock_timestamp() + make_interval(secs => p_lease_seconds),
        refresh_at = now() + interval '1 hour',
        fence = a.fence + 1
    from candidates c where a.id = c.id
    returning a.*
  )
  select coalesce(jsonb_agg(to_jsonb(l)), '[]') into accounts from leased l;

  with candidates as materialized (
    select id from public.social_revocations
    where ended_at is null and run_at <= now() and (held_until is null or held_until <= clock_timestamp())
    order by run_at, id limit p_limit
    for update skip locked
  ), held as (
    update public.social_revocations r
    set holder = p_holder,
        held_until = clock_timestamp() + make_interval(secs => p_lease_seconds),
        run_at = now() + least(interval '10 minutes' * 2 ^ least(r.try_count, 10), interval '6 hours'),
        try_count = r.try_count + 1
    from candidates c where r.id = c.id
    returning r.*
  )
  select coalesce(jsonb_agg(to_jsonb(h)), '[]') into revocations from held h;

  return jsonb_build_object(
    'now', clock_timestamp(), 'accounts', accounts, 'revocations', revocations,
    'warnings', warnings, 'given_up', given_up
  );
end
$$;
create index social_accounts_refresh_at_idx on public.social_accounts (refresh_at) where status = 'connected';
create index social_accounts_ending_idx on public.social_accounts (refresh_token_expires_at) where status = 'connected';

-- Stores the pair that was renewed so that the consent can be taken back. False: it is not the caller's any more.
create function public.renew_revocation(
  p_id uuid,
  p_holder uuid,
  p_expected_version bigint,
  p_sealed_access_token text,
  p_sealed_refresh_token text,
  p_access_expires_in_seconds bigint
) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.social_revocations
  set sealed_access_token = p_sealed_access_token,
      sealed_refresh_token = p_sealed_refresh_token,
      access_token_expires_at = now() + make_interval(secs => p_access_expires_in_seconds),
      token_version = token_version + 1
  where id = p_id and holder = p_holder and token_version = p_expected_version and ended_at is null;
  return found or exists (
    select 1 from public.social_revocations
    where id = p_id and token_version = p_expected_version + 1 and sealed_refresh_token = p_sealed_refresh_token
  );
end
$$;

-- Gives a consent back to whoever tries next, or, if it is over, erases its tokens.
create function public.release_revocation(p_id uuid, p_holder uuid, p_is_over boolean) returns void
language sql
set search_path = ''
as $$
  update public.social_revocations
  set holder = null,
      held_until = null,
      ended_at = case when p_is_over then clock_timestamp() end,
      sealed_access_token = case when not p_is_over then sealed_access_token end,
      sealed_refresh_token = case when not p_is_over then sealed_refresh_token end
  where id = p_id and holder = p_holder and ended_at is null;
$$;

revoke execute on function
  public.claim_sweep(uuid, integer, integer),
  public.renew_revocation(uuid, uuid, bigint, text, text, bigint),
  public.release_revocation(uuid, uuid, boolean)
from public, anon, authenticated;
grant execute on function
  public.claim_sweep(uuid, integer, integer),
  public.renew_revocation(uuid, uuid, bigint, text, text, bigint),
  public.release_revocation(uuid, uuid, boolean)
to service_role;
