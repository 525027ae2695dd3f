-- TikTok apps with their sealed secrets: users' own, and each that the site has had, so that the accounts connected
-- through it go on when the site changes to another. Only the functions' secret key reaches it.
create table public.social_apps (
  id uuid not null,
  -- Null: the site's.
  user_id uuid references auth.users (id) on delete cascade,
  client_key text not null,
  sealed_client_secret text not null,
  -- Grows with each secret that is stored.
  secret_version bigint not null,
  created_at timestamptz not null default now(),
  -- A user connects through the app chosen last; an earlier one stays as long as accounts need it.
  chosen_at timestamptz not null default clock_timestamp(),

  constraint social_apps_pkey primary key (id),
  constraint social_apps_identity_key unique nulls not distinct (user_id, client_key),
  constraint social_apps_client_key_check check (length(client_key) between 1 and 128),
  constraint social_apps_sealed_check check (length(sealed_client_secret) <= 4096)
);
alter table public.social_apps enable row level security;
comment on table public.social_apps is 'TikTok apps with sealed secrets. No client role sees them.';
create index social_apps_client_key_idx on public.social_apps (client_key, created_at);

revoke all on table public.social_apps from public, anon, authenticated;
grant select, insert, update, delete on table public.social_apps to service_role;

-- The accounts that need a user's own apps.
create function public.accounts_of_apps(p_user_id uuid)
returns table (id uuid, client_key text, name text)
language sql
stable
set search_path = ''
as $$
  select a.id, a.client_key, coalesce(a.display_name, a.username, '')
  from public.social_accounts a
  where a.user_id = p_user_id and a.auth_method = 'own' and a.status <> 'disconnected'
  order by a.connected_at, a.id
$$;

-- Stores an app, or a new secret for it, and has its user connect through it from now on. p_expected_version is 0 for a
-- new one, else the version that was read; the caller sealed the secret for the version that follows. No row back:
-- somebody else saved in between. The user's earlier apps go, but for those that accounts need.
create function public.save_app(
  p_id uuid,
  p_user_id uuid,
  p_client_key text,
  p_sealed_client_secret text,
  p_expected_version bigint
) returns setof public.social_apps
language plpgsql
set search_path = ''
as $$
declare
  saved public.social_apps;
begin
  -- Whoever saves an account through one of them holds it: what follows sees that account.
  perform 1 from public.social_apps where user_id = p_user_id order by id for update;
  insert into public.social_apps as s (id, user_id, client_key, sealed_client_secret, secret_version)
  values (p_id, p_user_id, p_client_key, p_sealed_client_secret, p_expected_version + 1)
  on conflict on constraint social_apps_identity_key do update set
    sealed_client_secret = excluded.sealed_client_secret,
    secret_version = excluded.secret_version,
    chosen_at = excluded.chosen_at
  where s.id = p_id and s.secret_version = p_expected_version
  returning s.* into saved;
  if not found then
    return;
  end if;
  delete from public.social_apps s
  where s.user_id = p_user_id and s.client_key <> p_client_key
    and not exists (select 1 from public.accounts_of_apps(p_user_id) a where a.client_key = s.client_key)
    -- A consent that is still to be taken back needs it as well.
    and not exists (
      select 1 from public.social_revocations r
      where r.user_id = p_user_id and r.auth_method = 'own' and r.client_key = s.client_key and r.ended_at is null
    );
  return next saved;
end
$$;

-- Forgets a user's own apps, unless accounts need them: {deleted, accounts: [{id, name}]}.
create function public.delete_apps(p_user_id uuid) returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  accounts jsonb;
begin
  perform 1 from public.social_apps where user_id = p_user_id order by id for update;
  select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name)), '[]') into accounts
  from public.accounts_of_apps(p_user_id) a;
  if accounts = '[]' then
    delete from public.social_apps where user_id = p_user_id;
    return jsonb_build_object('deleted', found, 'accounts', accounts);
  end if;
  return jsonb_build_object('deleted', false, 'accounts', accounts);
end
$$;

-- The apps that a webhook may be signed by, ten at most: its key is anybody's word until then, and anybody may have
-- stored an app by that key. So the site's come first, then those by which the account it names was connected.
create function public.find_webhook_apps(p_client_key text, p_open_id text) returns setof public.social_apps
language sql
stable
set search_path = ''
as $$
  select s.*
  from public.social_apps s
  where s.client_key = p_client_key
  order by s.user_id is null desc, exists (
    select 1 from public.social_accounts a
    where a.open_id = p_open_id and a.client_key = s.client_key and a.user_id = s.user_id and a.auth_method = 'own'
  ) desc, s.created_at, s.id
  limit 10
$$;

revoke execute on function
  public.accounts_of_apps(uuid),
  public.save_app(uuid, uuid, text, text, bigint),
  public.delete_apps(uuid),
  public.find_webhook_apps(text, text)
from public, anon, authenticated;
grant execute on function
  public.accounts_of_apps(uuid),
  public.save_app(uuid, uuid, text, text, bigint),
  public.delete_apps(uuid),
  public.find_webhook_apps(text, text)
to service_role;
