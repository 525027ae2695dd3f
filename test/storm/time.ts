import type postgres from 'postgres';
import type { Emulator } from '../emulator/emulator.ts';

export interface TimeMachine {
  /** So much time passes, for the database and for TikTok. */
  advance(ms: number): Promise<void>;
  /** How much has passed in all, beside the time that passes by itself. */
  passedMs(): number;
}

const DEADLOCK = '40P01';

interface Column {
  table: string;
  column: string;
}

/**
 * Time passes when everything that was written down becomes so much older: every instant in our tables is set back, and
 * TikTok's clock forward. No transaction may be under way that has read an instant.
 */
export async function createTimeMachine(sql: postgres.Sql, { clock }: Emulator): Promise<TimeMachine> {
  const columns = await sql<Column[]>`
    select table_name as "table", column_name as "column" from information_schema.columns
    where table_schema = 'public' and data_type = 'timestamp with time zone'`;
  const updates = Object.entries(Object.groupBy(columns, ({ table }) => table)).map(
    ([table, ofTable = []]) => `update public.${table} set ${ofTable.map(setBack).join(', ')}`,
  );
  let passedMs = 0;
  let advances = 0;

  async function setBackAll(seconds: number): Promise<void> {
    try {
      await sql.begin(async (transaction) => {
        for (const update of updates) await transaction.unsafe(update, [seconds]);
      });
    } catch (error) {
      // The last call of a worker that is dead may still be at it, in another order.
      if ((error as { code?: string }).code !== DEADLOCK) throw error;
      await setBackAll(seconds);
    }
  }

  return {
    passedMs: () => passedMs,
    async advance(ms) {
      await setBackAll(ms / 1000);
      clock.advance(ms);
      passedMs += ms;
      advances++;
      if (advances % 20 === 0) await sql`vacuum (analyze) public.social_posts, public.social_post_attempts`;
    },
  };
}

const setBack = ({ column }: Column) => `${column} = ${column} - make_interval(secs => $1::double precision)`;
