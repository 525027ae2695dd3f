-- What may follow from what, for whoever comes with the functions' key, whatever the code above believes: the worker's
-- table (core/machine.ts), what its owner may do with a post, a reconnect and a disconnect. Who owns the database may
-- still mend a row by hand.
create function public.guard_status() returns trigger
language plpgsql
set search_path = ''
as $$
declare
  before text := case when tg_op = 'UPDATE' then old.status end;
begin
  if current_user = 'service_role' and new.status is distinct from before and not new.status = any (case before
    when 'queued' then '{initializing, failed, needs_attention, cancelled}'
    when 'initializing' then '{queued, uploading, processing, failed, needs_attention, cancelled}'
    when 'uploading' then '{queued, processing, published, delivered, failed, needs_attention, cancelled}'
    when 'processing' then '{queued, published, delivered, failed, needs_attention, cancelled}'
    when 'delivered' then '{published}'
    when 'needs_attention' then '{queued, uploading, processing, published, delivered, failed, cancelled}'
    when 'failed' then '{queued}'
    when 'published' then '{}'
    when 'cancelled' then '{}'
    else '{queued}'
  end::text[]) then
    raise exception 'a post does not go from % to %', coalesce(before, 'nothing'), new.status;
  end if;
  return new;
end
$$;
create trigger social_posts_status_guard before insert or update of status on public.social_posts
  for each row execute function public.guard_status();

revoke execute on function public.guard_status() from public, anon, authenticated;
grant execute on function public.guard_status() to service_role;
