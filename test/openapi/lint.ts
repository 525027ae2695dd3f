import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openApiDocument } from '../../src/openapi/document.ts';

/** What the linter finds wrong with our document, a line each; nothing is fetched. */
export async function lintProblems(document: unknown = openApiDocument()): Promise<string[]> {
  const found = await lintFromString({
    source: JSON.stringify(document),
    absoluteRef: 'openapi.json',
    config: await createConfig({ extends: ['recommended-strict'], rules: RULES }),
  });
  return found.map(
    ({ ruleId, message, location: [at] = [] }) => `${at?.pointer ?? ''} ${ruleId}: ${message}`,
  );
}

const RULES = {
  'no-invalid-media-type-examples': 'error',
  'no-invalid-parameter-examples': 'error',
  'no-invalid-schema-examples': 'error',
  'operation-operationId': 'error',
  'tag-description': 'off',
} as const;
