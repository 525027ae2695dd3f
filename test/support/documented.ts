import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument } from '../../src/openapi/document.ts';

/**
 * Holds answers against the OpenAPI document: each that a test gets must be one that the document allows, with its
 * status, its code and its fields, and with no field more.
 */

// biome-ignore lint/suspicious/noExplicitAny: OpenAPI's nesting, whose types say less than the document
type Json = any;

export interface Exchange {
  method: string;
  /** Below `/api`, without its query. */
  path: string;
  status: number;
  contentType: string | null;
  json: unknown;
}

/** Called by no front end: their answers are for whoever ticks. */
const UNDOCUMENTED = /^\/social-(worker|refresh)-tiktok$/;

/** @throws {Error} if the document does not allow this answer. */
export function assertDocumented({ method, path, status, contentType, json }: Exchange): void {
  if (UNDOCUMENTED.test(path) || method === 'OPTIONS') return;
  const operation = operationAt(
    method,
    path.replace(/^\/social-posts-check(\/check)?$/, '/social-posts/check'),
  );
  const type = contentType?.split(';')[0];
  const what = `${method} ${path} answered ${status} ${JSON.stringify(json)?.slice(0, 600)}`;
  const isElsewhere = status === 404 || status === 405 || status === 501;
  // Without a configuration a function cannot even tell what it lacks.
  const responses = operation?.responses ?? { 503: UNUSABLE };
  const candidates = [responses[status], isElsewhere ? DEFAULT : null].filter(Boolean);
  if (candidates.length === 0) throw new Error(`${what}, a status that the document does not name`);
  const contents = candidates.map(({ content }) => content?.[type ?? '']);
  if (type === undefined ? candidates.some(({ content }) => !content) : type === 'text/html' && contents[0])
    return;
  const schemas = contents.flatMap((content) => (content ? [content.schema] : []));
  if (schemas.length === 0) throw new Error(`${what} as ${type}, which the document does not name`);
  const errors = schemas.map((schema) => errorsOf(schema, json));
  if (!errors.includes('')) throw new Error(`${what}; the document: ${errors.join(' | ')}`);
}

const document: Json = openApiDocument();
const DEFAULT: Json = document.paths['/health'].get.responses.default;
const UNUSABLE: Json = document.paths['/tiktok-status'].get.responses['503'];

/** Concrete addresses come before those with an id in them. */
function operationAt(method: string, path: string): Json {
  const templates = Object.keys(document.paths).sort(
    (a, b) => Number(a.includes('{')) - Number(b.includes('{')),
  );
  const found = templates.filter((template) =>
    new RegExp(`^${template.replace('{id}', '[^/]+')}/?$`).test(path),
  );
  return found.map((template) => document.paths[template][method.toLowerCase()]).find(Boolean);
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
// ajv-formats is CommonJS, and its types do not say so.
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
ajv.addSchema({ $id: 'openapi', components: { schemas: closed(document.components.schemas) } });

const compiled = new Map<Json, ValidateFunction>();

function errorsOf(schema: Json, json: unknown): string {
  const validate = compiled.get(schema) ?? compile(schema);
  compiled.set(schema, validate);
  return validate(json) ? '' : ajv.errorsText(validate.errors);
}

function compile(schema: Json): ValidateFunction {
  const text = JSON.stringify(closed(schema)).replaceAll('"#/components', '"openapi#/components');
  return ajv.compile(JSON.parse(text));
}

/** What is answered has no field but those named; a front end must bear others, for they may be added. */
function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([name, part]) => [name, closed(part)]);
  const isAnswer = schema.type === 'object' && schema.required !== undefined;
  return { ...Object.fromEntries(entries), ...(isAnswer && { additionalProperties: false }) };
}
