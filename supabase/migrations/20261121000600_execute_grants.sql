-- Only the functions' secret key may call our SQL; each function is named, so that the list can be read.
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on function
  public.refresh_moment(uuid, bigint),
  public.lock_consent(text, text),
  public.save_account(
    uuid, uuid, text, text, text, text[], text, text, text, text, bigint, bigint, bigint, timestamptz
  ),
  public.rotate_tokens(uuid, bigint, text, text, bigint, bigint, text[]),
  public.require_reauth(uuid, bigint),
  public.forget_scopes(uuid, bigint, text[]),
  public.scope_for(text),
  public.is_answered(text, text, text[]),
  public.last_effective_attempt(uuid),
  public.begin_oauth_flow(text, text, uuid, text, text, text, text[]),
  public.consume_oauth_flow(text, text),
  public.cancel_post(uuid, uuid, text, text),
  public.edit_post(uuid, uuid, integer, text),
  public.retry_post(uuid, uuid),
  public.resolve_post(uuid, uuid, boolean, text, text),
  public.claim_accounts(uuid, uuid[], integer, integer, integer, boolean, integer),
  public.may_check(timestamptz),
  public.put_off_checks(uuid, integer),
  public.put_off_creator(uuid, integer),
  public.release_accounts(uuid, boolean),
  public.lock_leased_post(uuid, bigint, integer),
  public.direct_posts_today(uuid),
  public.limits_on(uuid),
  public.hold_posts(uuid, bigint, text, integer, boolean, text, text),
  public.begin_attempt(uuid, bigint, integer, uuid, text, bigint, bigint, text, integer),
  public.keep_publish_id(uuid, bigint, uuid, text, text),
  public.record_init(uuid, bigint, uuid, text, text, text, integer, text),
  public.save_progress(uuid, bigint, uuid, bigint, boolean, text, integer),
  public.free_draft(uuid),
  public.advance_post(uuid, bigint, text, text, integer, text, text, text[], text, text, text, integer),
  public.save_preflight(uuid, bigint, integer, boolean, text, text, text),
  public.save_creator(uuid, text, bigint),
  public.worker_health()
to service_role;
