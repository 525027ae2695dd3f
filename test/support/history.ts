import type postgres from 'postgres';

/**
 * A site that has been at work for long: so many accounts, and so many finished posts spread over them, each with its
 * attempt. The first accounts have far more posts than the last. The tokens open nothing.
 */
export async function fillHistory(sql: postgres.Sql, accountCount: number, finishedCount: number) {
  await sql.begin(async (transaction) => {
    // The rows are consistent by the way they are made; checking each costs most of the time.
    await transaction`set local session_replication_role = replica`;
    await transaction`
      with owners as (
        insert into auth.users (id, email)
        select gen_random_uuid(), 'owner.' || n || '@example.com' from generate_series(1, ${accountCount}::integer) n
        returning id, email
      )
      insert into social_accounts (
        id, user_id, open_id, display_name, scopes, auth_method, client_key, sealed_access_token, sealed_refresh_token
      )
      select gen_random_uuid(), id, email, email, '{video.publish}', 'shared', 'key', repeat('x', 400), repeat('x', 400)
      from owners`;
    await transaction`
      create temporary table history on commit drop as
      with ranked as (select id, user_id, row_number() over (order by open_id) - 1 as place from social_accounts)
      select gen_random_uuid() as id, a.id as account_id, a.user_id, n,
        case when n % 100 < 95 then 'published' when n % 100 < 98 then 'failed' else 'cancelled' end as status,
        now() - interval '2 years' * (1 - n::float / (${finishedCount} + 1)) as created_at
      from generate_series(1, ${finishedCount}::integer) n
      join ranked a on a.place = floor(${accountCount} * power((n * 0.6180339887) % 1, 2))`;
    await transaction`
      insert into social_posts (
        id, user_id, account_id, media_type, video_url, title, mode, privacy_level, status, run_at, due_at,
        created_at, updated_at, attempt_count, publish_id, post_ids, share_url, published_at, error_code, error_message
      )
      select id, user_id, account_id, 'video', 'https://media.example.com/films/' || id || '.mp4',
        'Film number ' || n || ' #film', 'direct', 'PUBLIC_TO_EVERYONE', status, null, created_at,
        created_at, created_at, 1,
        'v_pub_file~v2-1.' || (7500000000000000000 + n),
        case when status = 'published' then array[(7500000000000000000 + n)::text] else '{}' end,
        case when status = 'published' then 'https://www.tiktok.com/@ada.films/video/' || (7500000000000000000 + n) end,
        case when status = 'published' then created_at end,
        case when status = 'failed' then 'file_format_check_failed' end,
        case when status = 'failed' then 'TikTok does not take the file.' end
      from history`;
    await transaction`
      insert into social_post_attempts (
        id, post_id, user_id, account_id, attempt_no, transfer, mode, fence, started_at, recorded_at, publish_id, size_bytes,
        chunk_size_bytes, media_identity, next_byte, last_chunk_at, outcome, finished_at
      )
      select gen_random_uuid(), id, user_id, account_id, 1, 'upload', 'direct', 1, created_at, created_at,
        'v_pub_file~v2-1.' || (7500000000000000000 + n), 9000000, 9000000, '9000000 "etag"', 9000000, created_at,
        case when status = 'published' then 'published' else 'failed' end, created_at
      from history`;
  });
}

/** Posts that are due now, the same number for each of the first accounts. */
export async function queueDuePosts(sql: postgres.Sql, accountCount: number, postCount: number) {
  await sql`
    insert into social_posts (user_id, account_id, media_type, video_url, title, mode, privacy_level, run_at)
    select a.user_id, a.id, 'video', 'https://media.example.com/film.mp4', 'A film', 'direct',
      'PUBLIC_TO_EVERYONE', now() - n * interval '1 second'
    from (select id, user_id from social_accounts order by open_id limit ${accountCount}) a,
      generate_series(1, ${Math.ceil(postCount / accountCount)}::integer) n`;
}
