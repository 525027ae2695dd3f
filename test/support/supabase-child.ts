import { createPostgresConnection } from '@supabase/lite/postgres';
import { postgresDatabase } from '../../local/database.ts';
import { startSupabase } from '../../local/supabase.ts';
import { testKeys } from './template.ts';

/** The other side of `openTestDatabase` with a process of its own; ends with the process that wanted it. */
process.once('disconnect', () => process.exit(0));
const connection = createPostgresConnection({
  url: process.argv[2] ?? '',
  postgresOptions: { max: 10, onnotice: () => undefined },
});
await startSupabase({
  ...testKeys,
  database: postgresDatabase(connection),
  port: Number(process.argv[3]),
});
process.send?.('ready');
