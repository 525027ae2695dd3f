import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VARIABLES } from '../../src/config.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');

test('the form behind the deploy button asks for what a site cannot do without', () => {
  const [, template = ''] = /\[template\.environment\]\n([\s\S]*?)\n\n/.exec(read('netlify.toml')) ?? [];
  const asked = [...template.matchAll(/^ {2}(\w+) = "/gm)].map(([, name]) => name);
  const needed = Object.entries(VARIABLES).filter(([, need]) => need === 'required');
  expect(asked).toEqual(needed.map(([name]) => name));
});

test('no secret is left out of Netlify’s own scan for secrets', () => {
  const [, keys = ''] = /SECRETS_SCAN_OMIT_KEYS = "([^"]*)"/.exec(read('netlify.toml')) ?? [];
  expect(keys.split(',').filter((name) => /SECRET|ENCRYPTION/.test(name))).toEqual([]);
});

/** Migrations up to here are those of the first release: no deploy is older. */
const FIRST_RELEASE = '20261121999999';
/** What a deploy may trip over that knows only the schema before. */
const BREAKING =
  /\b(drop (table|column|function|view|type|policy)|rename (to|column)|alter column \w+ (set not null|type)|revoke )\b/i;
const STATED = /^-- An older deploy (survives this|does not survive this): \S/m;

/** A migration that an older deploy may not survive, and that does not say whether it does. */
function isUnstated(name: string, sql: string): boolean {
  const statements = sql.replaceAll(/--.*$/gm, '');
  return name > FIRST_RELEASE && BREAKING.test(statements) && !STATED.test(sql);
}

test('a migration that an older deploy may not survive says so', () => {
  const folder = 'supabase/migrations/';
  const names = readdirSync(new URL(folder, ROOT));
  expect(names.filter((name) => isUnstated(name, read(`${folder}${name}`)))).toEqual([]);
});

test.each([
  ['alter table t drop column a;', true],
  [
    '-- An older deploy does not survive this: it reads a. Deploy first.\nalter table t drop column a;',
    false,
  ],
  ['-- An older deploy survives this: nothing reads a any more.\nalter table t drop column a;', false],
  ['-- drop table t\ncreate table u ();', false],
  ['alter table t add column b text;', false],
  ['alter table t alter column b set not null;', true],
  ['drop function f(uuid);', true],
])('%s', (sql, isWrong) => {
  expect(isUnstated('20270101000000_example.sql', sql)).toBe(isWrong);
});
