import type postgres from 'postgres';

/**
 * Every row of every table, whosever it is, as text: equal texts mean that nothing was written, not even the same
 * value again.
 */
export async function wholeDatabase(sql: postgres.Sql, { without = [] as string[] } = {}): Promise<string> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname !~ '^(pg_|information_schema$)' order by 1`;
  const rows = await Promise.all(
    tables
      .filter(({ name }) => !without.includes(name))
      .map(async ({ name }) => {
        const [row] = await sql.unsafe(`
          select coalesce(string_agg(written, E'\\n' order by written), '') as rows
          from (select format('%s %s', t.xmin, to_jsonb(t)) as written from ${name} t) written`);
        return `${name}\n${row?.rows}`;
      }),
  );
  return rows.join('\n\n');
}
