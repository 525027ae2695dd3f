-- From one sealing key to another. These know no column by name: which ones hold sealed values, the caller says.

-- Which key has sealed a value: the `kid` of its JWE's header, as src/lib/seal.ts writes it. Null: it is none of ours.
create function public.sealing_kid(p_sealed text) returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  -- {"alg":"dir","enc":"A256GCM","kid":" is 48 characters of base64url; a kid is 64 at most, and a quote follows it.
  start constant text := 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoi';
  rest text := substr(split_part(p_sealed, '.', 1), 49, 88);
begin
  rest := left(rest, length(rest) / 4 * 4);
  if not starts_with(p_sealed, start) or rest !~ '^[A-Za-z0-9_-]+$' then
    return null;
  end if;
  rest := encode(decode(translate(rest, '-_', '+/'), 'base64'), 'escape');
  return case when strpos(rest, '"') > 0 then split_part(rest, '"', 1) end;
end
$$;

-- How many values of a column lie under which key. How a value begins tells its key: p_starts, of the keys p_kids; only of
-- what begins otherwise is the header read, which takes its time.
create function public.count_sealed(p_table text, p_column text, p_kids text[], p_starts text[])
returns table (kid text, "values" bigint)
language plpgsql
stable
set search_path = ''
as $$
begin
  return query execute format(
    'select coalesce(
       (select k.kid from unnest($1, $2) as k (kid, start) where starts_with(t.%1$I, k.start) limit 1),
       public.sealing_kid(t.%1$I)
     ), count(*)
     from public.%2$I t where t.%1$I is not null group by 1 order by 1',
    p_column, p_table
  ) using p_kids, p_starts;
end
$$;

-- Values of a column that do not begin so, as those of one key do, in the order of their rows' ids.
-- p_version_column null: each has the version 1.
create function public.list_sealed(
  p_table text,
  p_column text,
  p_version_column text,
  p_start text,
  p_after uuid,
  p_limit integer
) returns table (id uuid, version bigint, sealed text)
language plpgsql
stable
set search_path = ''
as $$
begin
  return query execute format(
    'select t.id, %1$s::bigint, t.%2$I from public.%3$I t
     where t.%2$I is not null and not starts_with(t.%2$I, $1) and ($2 is null or t.id > $2)
     order by t.id limit $3',
    coalesce('t.' || quote_ident(p_version_column), '1'), p_column, p_table
  ) using p_start, p_after, p_limit;
end
$$;

-- Puts a new ciphertext in the place of each old one that is still there; how many. Waits for nobody, so that it can
-- never be one of two that wait for each other: a row that somebody holds just now keeps what it has.
create function public.reseal(p_table text, p_column text, p_ids uuid[], p_old text[], p_new text[]) returns bigint
language plpgsql
set search_path = ''
as $$
declare
  resealed bigint;
begin
  execute format(
    'with free as materialized (
       select t.id, s.new
       from unnest($1, $2, $3) as s (id, old, new) join public.%2$I t on t.id = s.id and t.%1$I = s.old
       for no key update of t skip locked
     )
     update public.%2$I t set %1$I = free.new from free where t.id = free.id',
    p_column, p_table
  ) using p_ids, p_old, p_new;
  get diagnostics resealed = row_count;
  return resealed;
end
$$;

revoke execute on function
  public.sealing_kid(text),
  public.count_sealed(text, text, text[], text[]),
  public.list_sealed(text, text, text, text, uuid, integer),
  public.reseal(text, text, uuid[], text[], text[])
from public, anon, authenticated;
grant execute on function
  public.sealing_kid(text),
  public.count_sealed(text, text, text[], text[]),
  public.list_sealed(text, text, text, text, uuid, integer),
  public.reseal(text, text, uuid[], text[], text[])
to service_role;
