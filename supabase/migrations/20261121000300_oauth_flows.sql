-- One row per started connect. It holds only hashes of what could be replayed, and is consumed once.
create table public.oauth_flows (
  state_hash text not null,
  -- Hash of the nonce in the browser's cookie: only the browser that began the flow can finish it.
  browser_hash text not null,
  user_id uuid not null references auth.users (id) on delete cascade,
  redirect_url text not null,
  auth_method text not null,
  client_key text not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '15 minutes',
  used_at timestamptz,

  constraint oauth_flows_pkey primary key (state_hash),
  constraint oauth_flows_state_hash_check check (length(state_hash) = 43),
  constraint oauth_flows_browser_hash_check check (length(browser_hash) = 43),
  constraint oauth_flows_redirect_url_check check (length(redirect_url) <= 2048),
  constraint oauth_flows_auth_method_check check (auth_method in ('shared', 'own')),
  constraint oauth_flows_client_key_check check (length(client_key) between 1 and 128)
);
alter table public.oauth_flows enable row level security;
comment on table public.oauth_flows is 'Started TikTok connects, single use, 15 minutes. No client role sees it.';
create index oauth_flows_expires_at_idx on public.oauth_flows (expires_at);
create index oauth_flows_user_id_idx on public.oauth_flows (user_id);

revoke all on table public.oauth_flows from public, anon, authenticated;
grant select, insert, update, delete on table public.oauth_flows to service_role;

-- Starts a flow and sweeps away those that ended more than a day ago.
create function public.begin_oauth_flow(
  p_state_hash text,
  p_browser_hash text,
  p_user_id uuid,
  p_redirect_url text,
  p_auth_method text,
  p_client_key text,
  p_scopes text[]
) returns timestamptz
language sql
set search_path = ''
as $$
  delete from public.oauth_flows where expires_at < now() - interval '1 day';
  insert into public.oauth_flows (state_hash, browser_hash, user_id, redirect_url, auth_method, client_key, scopes)
  values (p_state_hash, p_browser_hash, p_user_id, p_redirect_url, p_auth_method, p_client_key, p_scopes)
  returning expires_at;
$$;

-- Uses a flow up. `live` is true for exactly one caller, in time, from the right browser. A flow that is over but
-- known to this browser comes back with live = false, so that it can be told so at the address it came from.
create function public.consume_oauth_flow(p_state_hash text, p_browser_hash text)
returns table (
  live boolean, user_id uuid, redirect_url text, auth_method text, client_key text, scopes text[], used_at timestamptz
)
language plpgsql
set search_path = ''
as $$
begin
  return query
    update public.oauth_flows f
    set used_at = now()
    where f.state_hash = p_state_hash and f.browser_hash = p_browser_hash
      and f.used_at is null and f.expires_at > now()
    returning true, f.user_id, f.redirect_url, f.auth_method, f.client_key, f.scopes, f.used_at;
  if found then
    return;
  end if;
  return query
    select false, f.user_id, f.redirect_url, f.auth_method, f.client_key, f.scopes, f.used_at
    from public.oauth_flows f
    where f.state_hash = p_state_hash and f.browser_hash = p_browser_hash;
end
$$;
