import * as z from 'zod/mini';
import * as answers from './answers.ts';
import { fieldCodes } from './field-codes.ts';
import {
  ALWAYS,
  type Caller,
  ELSEWHERE,
  EXAMPLE,
  OF_BYTES,
  OF_CALLER,
  OF_JSON,
  OPERATIONS,
  type Operation,
  type Problems,
} from './operations.ts';

type Json = Readonly<Record<string, unknown>>;

/** Our HTTP API as an OpenAPI document. @see https://spec.openapis.org/oas/v3.1.1.html */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describeOperation(operation) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'TikTok publisher',
      version: '1.0.0',
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api' }],
    tags: [...new Set(OPERATIONS.map(({ topic }) => topic))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...answerSchemas(), problem: PROBLEM, fieldError: FIELD_ERROR },
      securitySchemes: {
        user: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The token of a signed-in Supabase user.',
        },
        worker: { type: 'http', scheme: 'bearer', description: 'WORKER_SECRET.' },
        tiktok: {
          type: 'apiKey',
          in: 'header',
          name: 'TikTok-Signature',
          description: 'TikTok’s signature over the body: `t=<seconds>,s=<HMAC-SHA256 in hex>`.',
        },
      },
    },
  };
}

const INTRODUCTION = `Publishes to TikTok: at most once, never lost, always explained.

Bodies are JSON. Errors are \`application/problem+json\` (RFC 9457) with a stable \`code\`, a \`detail\` that says what to do
next, and the \`requestId\` under which the logs know the request; a request with wrong fields also lists \`errors\`, field by
field, and its \`code\` is that of the first. Instants are ISO 8601 in UTC. Ids of TikTok's are strings, exact. A row of somebody
else's is \`404\`. Too many requests from one address are answered \`429\` by the platform, without a body of ours.`;

const SECURITY: Record<Caller, readonly Json[]> = {
  user: [{ user: [] }],
  worker: [{ worker: [] }],
  tiktok: [{ tiktok: [] }],
  anybody: [],
};

function describeOperation(operation: Operation): Json {
  const { id, topic, summary, description, caller, body } = operation;
  const parameters = [
    ...pathParameters(operation),
    ...headerParameters(operation),
    ...queryParameters(operation),
  ];
  return {
    operationId: id,
    tags: [topic],
    summary,
    ...(description && { description }),
    security: SECURITY[caller],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: !body.isOptional,
        content: {
          'application/json': {
            schema: body.isPatch ? patchSchema(body.schema) : requestSchema(body.schema),
            example: body.example,
          },
        },
      },
    }),
    ...(caller === 'tiktok' && { requestBody: WEBHOOK_BODY }),
    responses: describeResponses(operation),
  };
}

function pathParameters({ path }: Operation): Json[] {
  if (!path.includes('{id}')) return [];
  const schema = { type: 'string', format: 'uuid' };
  return [{ name: 'id', in: 'path', required: true, schema, example: EXAMPLE.postId }];
}

function headerParameters({ headers = {} }: Operation): Json[] {
  return Object.entries(headers).map(([name, { description, example }]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
    ...(example && { example }),
  }));
}

function queryParameters({ query }: Operation): Json[] {
  if (!query) return [];
  const { properties, required = [] } = requestSchema(query.schema);
  return Object.entries(properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    ...(required.includes(name) && { required: true }),
    schema,
    ...(name in query.example && { example: query.example[name] }),
  }));
}

/** All codes that an operation may answer with, by their status; in the order in which the table names them. */
export function problemsOf({ caller, body, query, problems }: Operation): Map<number, string[]> {
  const fields = [body, query].flatMap((part) => (part ? fieldCodes(part.schema) : []));
  const all: Problems[] = [
    OF_CALLER[caller],
    ...(body ? [OF_BYTES, OF_JSON] : []),
    { 400: fields },
    ...problems,
    ALWAYS,
  ];
  const byStatus = new Map<number, string[]>();
  for (const [status, codes] of all.flatMap((some) => Object.entries(some))) {
    if (codes.length === 0) continue;
    byStatus.set(Number(status), [...new Set([...(byStatus.get(Number(status)) ?? []), ...codes])]);
  }
  return byStatus;
}

function describeResponses(operation: Operation): Json {
  const responses: Record<string, { description: string; headers?: Json; content?: Json }> = {};
  for (const [status, { schema, description, headers }] of Object.entries(operation.answers)) {
    const isPage = schema === null && Number(status) >= 400;
    responses[status] = {
      description,
      ...(headers && { headers: describeHeaders(headers) }),
      ...(schema && { content: { 'application/json': { schema: reference(schema) } } }),
      ...(isPage && { content: { 'text/html': { schema: { type: 'string' } } } }),
    };
  }
  for (const [status, codes] of problemsOf(operation)) {
    const { description, content, ...rest } = responses[status] ?? { description: '' };
    responses[status] = {
      ...rest,
      description: [description, describeProblem(codes)].filter(Boolean).join(' Or a problem: '),
      content: { ...content, 'application/problem+json': { schema: problemSchema(codes) } },
    };
  }
  const elsewhere = Object.values(ELSEWHERE).flat();
  return {
    ...responses,
    429: { description: 'Too many requests from one address within a minute: the platform answers, not we.' },
    default: {
      description: 'A method or an address that there is not.',
      content: { 'application/problem+json': { schema: problemSchema(elsewhere) } },
    },
  };
}

const describeProblem = (codes: readonly string[]) => codes.map((code) => `\`${code}\``).join(', ');

const describeHeaders = (headers: Readonly<Record<string, string>>): Json =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const problemSchema = (codes: readonly string[]) => ({
  allOf: [reference('problem'), { type: 'object', properties: { code: { type: 'string', enum: codes } } }],
});

const FIELD_ERROR = {
  type: 'object',
  description: 'What is wrong with one field, and what to send.',
  properties: {
    field: { type: 'string', description: 'Empty where the body as a whole is wrong.' },
    code: { type: 'string' },
    message: { type: 'string' },
  },
  required: ['field', 'code', 'message'],
};

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457.',
  properties: {
    type: { type: 'string', const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable.' },
    detail: { type: 'string', description: 'What to do next.' },
    requestId: { type: 'string' },
    errors: { type: 'array', items: reference('fieldError') },
  },
  required: ['type', 'title', 'status', 'code', 'detail', 'requestId'],
};

/** @see https://developers.tiktok.com/doc/webhooks-events */
const WEBHOOK_BODY = {
  required: true,
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          client_key: { type: 'string' },
          event: { type: 'string' },
          create_time: { type: 'integer', description: 'Seconds since 1970.' },
          user_openid: { type: 'string' },
          content: { type: 'string', description: 'JSON again.' },
        },
        required: ['client_key', 'event', 'create_time', 'user_openid', 'content'],
      },
      example: {
        client_key: 'emulator-client-key',
        event: 'post.publish.complete',
        create_time: 1_795_285_800,
        user_openid: 'afd97af1-b87b-48b9-ac98-410aghda5344',
        content: '{"publish_id":"v_pub_file~v2-1.7300000000000000001","publish_type":"DIRECT_POST"}',
      },
    },
  },
};

interface ObjectSchema {
  properties?: Readonly<Record<string, Json>>;
  required?: readonly string[];
}

function requestSchema(schema: z.ZodMiniType): ObjectSchema & Json {
  return withoutDialect(z.toJSONSchema(schema, { io: 'input', override: simplify }));
}

/** As the whole, with every field left out at will; but what TikTok is told cannot be nothing. */
function patchSchema(schema: z.ZodMiniType): Json {
  const { properties = {}, required: _, ...rest } = requestSchema(schema);
  const optional = Object.entries(properties).map(([name, { default: __, ...field }]) => [
    name,
    { anyOf: [field, { type: 'null' }] },
  ]);
  return { ...rest, properties: Object.fromEntries(optional) };
}

/** Each under its name; where one holds another, by reference. */
function answerSchemas(): Json {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(answers).sort(([a], [b]) => (a < b ? -1 : 1)))
    names.add(schema, { id });
  const { schemas } = z.toJSONSchema(names, {
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
    override: simplify,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $id: _, ...schema }]) => [name, withoutDialect(schema)]),
  );
}

function withoutDialect({ $schema: _, ...schema }: Json): Json {
  return schema;
}

/** JSON Schema has names for what zod writes out as patterns. */
function simplify({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { format, anyOf } = jsonSchema;
  if (format === 'uuid' || format === 'date-time') delete jsonSchema.pattern;
  if (anyOf?.some((option) => typeof option === 'object' && option.format === 'date-time')) {
    if (anyOf.every((option) => typeof option === 'object' && option.type === 'string')) {
      delete jsonSchema.anyOf;
      Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    }
  }
}
