-- What a caller does with an account beside the worker: its lease for a moment, and its end.

-- Leases one account of this user, if it is free, under the same fence as the worker's claims:
-- {now, leased, account}; account null: the user has no such account. Given back by release_accounts.
create function public.lease_account(
  p_account_id uuid,
  p_user_id uuid,
  p_holder uuid,
  p_lease_seconds integer
) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  is_leased boolean;
begin
  update public.social_accounts a
  set lease_holder = p_holder,
      lease_expires_at = clock_timestamp() + make_interval(secs => p_lease_seconds),
      fence = a.fence + 1
  where a.id = p_account_id and a.user_id = p_user_id and a.status = 'connected'
    and (a.lease_expires_at is null or a.lease_expires_at <= clock_timestamp());
  is_leased := found;

  -- A statement of its own: it sees what an earlier holder committed up to this moment.
  return jsonb_build_object('now', clock_timestamp(), 'leased', is_leased, 'account', (
    select to_jsonb(a) from public.social_accounts a
    where a.id = p_account_id and a.user_id = p_user_id and a.status <> 'disconnected'
  ));
end
$$;

-- Forgets the tokens, whoever holds the lease, and cancels what has not begun. Posts in flight keep their rows, and
-- the fence stays: a worker may still write down what TikTok has answered it. The tokens, sealed for their new place, go
-- to the revocations, held by the caller, who is to take the consent back at TikTok: 'to_revoke'. Not if another connected
-- account lives on the same consent: 'in_use'; nor where no tokens are given: 'forgotten'.
-- Called again with the same version: the same answer, or 'elsewhere' if another call has the consent taken back.
-- 'stale': somebody has stored other tokens since that version was read.
create function public.disconnect_account(
  p_account_id uuid,
  p_user_id uuid,
  p_expected_version bigint,
  p_revocation_id uuid,
  p_sealed_access_token text,
  p_sealed_refresh_token text,
  p_holder uuid,
  p_hold_seconds integer
) returns text
language plpgsql
set search_path = ''
as $$
declare
  account public.social_accounts;
  is_repeated boolean;
begin
  select * into account from public.social_accounts where id = p_account_id and user_id = p_user_id;
  perform public.lock_consent(account.open_id, account.client_key);
  select * into account from public.social_accounts where id = p_account_id and user_id = p_user_id for no key update;
  update public.social_accounts
  set status = 'disconnected',
      sealed_access_token = null,
      sealed_refresh_token = null,
      access_token_expires_at = null,
      refresh_token_expires_at = null,
      token_version = token_version + 1
  where id = p_account_id and user_id = p_user_id and token_version = p_expected_version
    and status <> 'disconnected';
  is_repeated := not found;
  if is_repeated and (account.token_version is distinct from p_expected_version + 1 or account.status <> 'disconnected') then
    return 'stale';
  end if;
  update public.social_posts
  set status = 'cancelled', run_at = null, error_code = null, error_message = null, updated_at = clock_timestamp()
  where account_id = p_account_id and status = 'queued';
  if exists (
    select 1 from public.social_accounts
    where open_id = account.open_id and client_key = account.client_key and status = 'connected'
  ) then
    return 'in_use';
  end if;
  if is_repeated then
    return (
      select case when bool_or(id = p_revocation_id) then 'to_revoke' when count(*) > 0 then 'elsewhere' else 'forgotten' end
      from public.social_revocations where account_id = p_account_id
    );
  end if;
  if p_revocation_id is null then
    return 'forgotten';
  end if;
  insert into public.social_revocations (
    id, account_id, user_id, open_id, auth_method, client_key, sealed_access_token, sealed_refresh_token,
    access_token_expires_at, give_up_at, holder, held_until
  ) values (
    p_revocation_id, p_account_id, p_user_id, account.open_id, account.auth_method, account.client_key,
    p_sealed_access_token, p_sealed_refresh_token, account.access_token_expires_at,
    least(now() + interval '7 days', greatest(
      account.access_token_expires_at, coalesce(account.refresh_token_expires_at, 'infinity')
    )),
    p_holder, clock_timestamp() + make_interval(secs => p_hold_seconds)
  );
  return 'to_revoke';
end
$$;

revoke execute on function
  public.lease_account(uuid, uuid, uuid, integer),
  public.disconnect_account(uuid, uuid, bigint, uuid, text, text, uuid, integer)
from public, anon, authenticated;
grant execute on function
  public.lease_account(uuid, uuid, uuid, integer),
  public.disconnect_account(uuid, uuid, bigint, uuid, text, text, uuid, integer)
to service_role;
