-- Nothing made later in `public` may be reached from a browser unless its own migration says so.
-- Postgres lets PUBLIC execute every new function, and a Supabase project grants new tables and functions
-- to anon and authenticated. The first default can only be taken away globally, not per schema.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated;
alter default privileges in schema public revoke all on tables from anon, authenticated;
alter default privileges in schema public revoke all on sequences from anon, authenticated;
