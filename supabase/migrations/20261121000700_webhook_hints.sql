-- What a webhook may do: have the worker look at a post sooner. It never writes a state. A queued post is left alone:
-- its run_at is the moment its owner chose, and a look at it would publish it.

-- The moment for which a webhook last asked for a look; the next one comes a minute later at the earliest.
alter table public.social_posts add column hinted_at timestamptz;

-- Whether an account is meant by an event that was signed by the own app of these users; null: by the site's.
create function public.is_meant(p_account public.social_accounts, p_owners uuid[]) returns boolean
language sql
immutable
set search_path = ''
as $$
  select p_owners is null or (p_account.auth_method = 'own' and p_account.user_id = any (p_owners));
$$;

-- Brings the next look at one publish nearer; true if it did. p_owners: see is_meant. p_reopen: the states in which even a post that the worker
-- is done with is looked at once more, if its public id is unknown or not the one named: a draft may be posted again.
-- p_happened_at: when the publish ended, which
-- is also worth keeping of a publish that nobody here knows; null: it has not.
create function public.hint_post(
  p_publish_id text,
  p_open_id text,
  p_client_key text,
  p_owners uuid[],
  p_reopen text[],
  p_is_draft boolean,
  p_post_id text,
  p_happened_at timestamptz
) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.social_posts p
  set run_at = greatest(now(), p.hinted_at + interval '60 seconds'),
      hinted_at = greatest(now(), p.hinted_at + interval '60 seconds')
  from public.social_accounts a
  where p.publish_id = p_publish_id
    and a.id = p.account_id and a.open_id = p_open_id and a.client_key = p_client_key
    and public.is_meant(a, p_owners)
    and p.status in ('uploading', 'processing', 'delivered', 'published', 'needs_attention')
    and (
      p.run_at > greatest(now(), p.hinted_at + interval '60 seconds')
      or p.run_at is null and p.status = any (p_reopen)
        and (p.post_ids = '{}' or p_post_id is not null and p_post_id <> all (p.post_ids))
    );
  if found or p_happened_at is null then
    return found;
  end if;
  return public.note_publish(p_publish_id, p_open_id, p_client_key, p_owners, p_is_draft, p_happened_at);
end
$$;

-- TikTok says that the consent of an account is gone, whoever has connected it. The same for each of its posts under way;
-- and the sweep tries its tokens, once in ten minutes at most: TikTok's answer to that decides.
create function public.hint_account(p_open_id text, p_client_key text, p_owners uuid[]) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  is_account_hinted boolean;
begin
  update public.social_accounts a
  set refresh_at = greatest(now(), a.removal_told_at + interval '10 minutes'),
      removal_told_at = greatest(now(), a.removal_told_at + interval '10 minutes')
  where a.open_id = p_open_id and a.client_key = p_client_key and public.is_meant(a, p_owners)
    and a.status = 'connected'
    and a.refresh_at > greatest(now(), a.removal_told_at + interval '10 minutes');
  is_account_hinted := found;
  update public.social_posts p
  set run_at = greatest(now(), p.hinted_at + interval '60 seconds'),
      hinted_at = greatest(now(), p.hinted_at + interval '60 seconds')
  from public.social_accounts a
  where a.open_id = p_open_id and a.client_key = p_client_key and a.id = p.account_id
    and public.is_meant(a, p_owners)
    and p.status in ('uploading', 'processing', 'delivered', 'published')
    and p.run_at > greatest(now(), p.hinted_at + interval '60 seconds');
  return found or is_account_hinted;
end
$$;
create index social_accounts_open_id_idx on public.social_accounts (open_id);

revoke execute on function
  public.is_meant(public.social_accounts, uuid[]),
  public.hint_post(text, text, text, uuid[], text[], boolean, text, timestamptz),
  public.hint_account(text, text, uuid[])
from public, anon, authenticated;
grant execute on function
  public.is_meant(public.social_accounts, uuid[]),
  public.hint_post(text, text, text, uuid[], text[], boolean, text, timestamptz),
  public.hint_account(text, text, uuid[])
to service_role;
