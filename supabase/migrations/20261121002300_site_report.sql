-- What whoever runs the site wants to know of its database, and PostgREST does not show: which migrations it has, who may do
-- what, and where row level security is on. The names of the catalogue, and nothing of any row.
create function public.site_report()
returns jsonb
language plpgsql
stable
-- The list of migrations belongs to the Supabase CLI, and the functions' key may not read it.
security definer
set search_path = ''
as $$
declare
  v_versions text[];
begin
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    execute 'select array_agg(version order by version) from supabase_migrations.schema_migrations' into v_versions;
  end if;
  return jsonb_build_object(
    'migrations', to_jsonb(v_versions),
    'unprotected', (
      select coalesce(jsonb_agg(c.relname order by c.relname), '[]') from pg_catalog.pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity
    ),
    'policies', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'table', p.tablename, 'verb', lower(p.cmd), 'roles', p.roles::text[], 'own_rows', p.qual ~ '\muid\(\).*= user_id'
      ) order by p.tablename, p.policyname), '[]')
      from pg_catalog.pg_policies p where p.schemaname = 'public'
    ),
    'grants', (
      with roles as (select unnest(array['anon', 'authenticated', 'service_role']) as role),
      relations as (
        select oid, relname from pg_catalog.pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
      ),
      whole as (
        select role, verb, oid, relname as object
        from roles, relations,
          unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) verb
        where has_table_privilege(role, oid, verb)
      ),
      granted as (
        select role, verb, object::text, null::text[] as columns from whole
        union all
        select role, verb, r.relname, array_agg(a.attname::text order by a.attnum)
        from roles, relations r
        join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped,
          unnest(array['select', 'insert', 'update', 'references']) verb
        where has_column_privilege(role, r.oid, a.attnum, verb)
          and not exists (select from whole w where w.role = roles.role and w.verb = verb.verb and w.oid = r.oid)
        group by role, verb, r.relname
        union all
        select role, verb, 'sequence ' || relname, null
        from roles, pg_catalog.pg_class, unnest(array['select', 'update', 'usage']) verb
        where relnamespace = 'public'::regnamespace and relkind = 'S' and has_sequence_privilege(role, oid, verb)
        union all
        select role, 'execute', replace(p.oid::regprocedure::text, 'public.', ''), null
        from roles, pg_catalog.pg_proc p
        where p.pronamespace = 'public'::regnamespace and has_function_privilege(role, p.oid, 'execute')
      )
      select coalesce(jsonb_agg(to_jsonb(granted)), '[]') from granted
    )
  );
end
$$;

revoke execute on function public.site_report() from public, anon, authenticated;
grant execute on function public.site_report() to service_role;
