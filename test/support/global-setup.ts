import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';
import { buildTemplate } from './template.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's Postgres, as superuser. */
    postgresUrl: string;
  }
}

/** One Postgres for the whole run, with the template database; stopped and removed at its end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  try {
    await buildTemplate(server.url);
  } catch (error) {
    await server.close();
    throw error;
  }
  project.provide('postgresUrl', server.url);
  return server.close;
}
