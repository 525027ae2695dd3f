import type postgres from 'postgres';

/** From now on a post that is to be looked at soon is looked at when the test says so: no tick waits for it. */
export async function lookLater(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    create function public.look_later() returns trigger language plpgsql set search_path = '' as $$
    begin
      if new.run_at > clock_timestamp() and new.run_at < clock_timestamp() + interval '1 hour' then
        new.run_at := clock_timestamp() + interval '1 hour';
      end if;
      return new;
    end $$;
    create trigger look_later before update on public.social_posts
      for each row execute function public.look_later();`);
}
