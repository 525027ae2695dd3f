import { expect, test } from 'vitest';
import { dependencyProblems, type Inputs, readInputs } from './dependencies.ts';

test('what we depend on is in order', () => {
  expect(dependencyProblems(readInputs())).toEqual([]);
});

/** What may happen to these files, and what is said of it. */
const DAMAGES: [string, (files: Inputs) => void, RegExp][] = [
  [
    'a new dependency',
    ({ manifest }) => {
      manifest.dependencies.lodash = '4.17.21';
    },
    /^lodash has no reason/,
  ],
  [
    'nine dependencies',
    ({ manifest }) => {
      for (const name of ['a', 'b', 'c']) manifest.dependencies[name] = '1.0.0';
    },
    /^9 packages at run time/,
  ],
  [
    'a reason for nothing',
    ({ manifest }) => void delete manifest.dependencies.jose,
    /^jose has a reason .* and is not there/,
  ],
  [
    'an empty reason',
    (files) => {
      files.page = files.page.replace(/(`jose` \|)[^|]*/, '$1 ');
    },
    /^jose has no reason/,
  ],
  [
    'a range',
    ({ manifest }) => {
      manifest.dependencies.zod = '^4.0.0';
    },
    /^zod has a range/,
  ],
  [
    'a new install script',
    ({ lock }) => {
      lock.packages['node_modules/evil'] = {
        hasInstallScript: true,
        dev: true,
        integrity: 'sha512-x',
      };
    },
    /^evil has no reason/,
  ],
  [
    'an install script deep inside',
    ({ lock }) => {
      lock.packages['node_modules/a/node_modules/@x/evil'] = {
        hasInstallScript: true,
        dev: true,
        integrity: 'x',
      };
    },
    /^@x\/evil has no reason/,
  ],
  [
    'an install script in what is deployed',
    ({ lock }) => {
      lock.packages['node_modules/jose'] = { hasInstallScript: true, integrity: 'sha512-x' };
    },
    /jose runs a script at install, and is deployed/,
  ],
  [
    'no checksum',
    ({ lock }) => void delete lock.packages['node_modules/jose']?.integrity,
    /jose has no checksum/,
  ],
  [
    'a registry’s address',
    ({ lock }) => {
      lock.packages['node_modules/x'] = { resolved: 'https://registry.example/x.tgz', integrity: 'x' };
    },
    /names a registry/,
  ],
  [
    'scripts let loose',
    (files) => {
      files.npmrc = files.npmrc.replace('ignore-scripts=true', '');
    },
    /ignore-scripts/,
  ],
];

test.each(DAMAGES)('%s is told', (_what, damage, message) => {
  const files = readInputs();
  damage(files);
  expect(dependencyProblems(files).some((problem) => message.test(problem))).toBe(true);
});
