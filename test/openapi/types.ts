import { registerHooks } from 'node:module';
import { openApiDocument } from '../../src/openapi/document.ts';

// openapi-typescript prints with the compiler's API, which TypeScript 7 does not have yet.
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'typescript' ? 'typescript-5' : specifier, context),
});
const { default: openapiTS, astToString } = await import('openapi-typescript');

/** Types of our HTTP API for `openapi-fetch`, made of its document. */
export async function apiTypes(): Promise<string> {
  const nodes = await openapiTS(JSON.stringify(openApiDocument()), { defaultNonNullable: false });
  return `// Made by \`npm run docs\` from the OpenAPI document; a test fails when they differ.\n${astToString(nodes)}`;
}
