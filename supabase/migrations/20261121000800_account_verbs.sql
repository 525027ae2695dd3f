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
-- the fence stays: a worker may still write down what TikTok has answered it. Called again with the same version: the
-- same answer. False: somebody has stored other tokens since that version was read.
create function public.disconnect_account(p_account_id uuid, p_user_id uuid, p_expected_version bigint)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.social_accounts
  set status = 'disconnected',
      sealed_access_token = null,
      sealed_refresh_token = null,
      access_token_expires_at = null,
      refresh_token_expires_at = null,
      token_version = token_version + 1
  where id = p_account_id and user_id = p_user_id and token_version = p_expected_version
    and status <> 'disconnected';
  if not found then
    return exists (
      select 1 from public.social_accounts
      where id = p_account_id and user_id = p_user_id and token_version = p_expected_version + 1
        and status = 'disconnected'
    );
  end if;
  update public.social_posts
  set status = 'cancelled', run_at = null, error_code = null, error_message = null, updated_at = clock_timestamp()
  where account_id = p_account_id and status = 'queued';
  return true;
end
$$;

revoke execute on function
  public.lease_account(uuid, uuid, uuid, integer),
  public.disconnect_account(uuid, uuid, bigint)
from public, anon, authenticated;
grant execute on function
  public.lease_account(uuid, uuid, uuid, integer),
  public.disconnect_account(uuid, uuid, bigint)
to service_role;
