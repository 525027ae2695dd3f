import { openTestDatabase } from '../../support/test-database.ts';
import { servePart } from '../part.ts';
import { countTraffic } from './counted.ts';

/** Supabase Lite over a copy of the template on the Postgres that the first argument names. */
const takeTraffic = countTraffic();
const [serverUrl = ''] = process.argv.slice(2);
const database = await openTestDatabase(serverUrl);

const api = {
  describe: () => {
    const { supabaseUrl, databaseUrl, publishableKey, secretKey, jwtSecret } = database;
    return { supabaseUrl, databaseUrl, publishableKey, secretKey, jwtSecret };
  },
  takeTraffic,
};
export type DatabaseApi = typeof api;
servePart(api, database.close);
