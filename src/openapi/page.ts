import { openApiDocument } from './document.ts';

/** The document as a page for people: plain HTML with `api.css`, and no script. */
export function apiPage(document = openApiDocument() as unknown as Document): string {
  const { info, paths, tags, components } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const topics = tags.map(({ name }) => ({
    name,
    operations: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${asHtml(info.title)}: API</title>
<link rel="stylesheet" href="/api.css">
<header>
<h1>${asHtml(info.title)}</h1>
${info.description
  .split('\n\n')
  .map((text) => `<p>${prose(text)}</p>`)
  .join('\n')}
<p>For machines: <a href="/api/openapi.json">openapi.json</a>, OpenAPI ${asHtml(document.openapi)}.</p>
</header>
<nav aria-label="Operations">
${topics
  .map(
    ({ name, operations }) => `<h2>${asHtml(name)}</h2>
<ul>
${operations.map(({ method, path, operation }) => `<li><a href="#${operation.operationId}"><code>${method} ${asHtml(path)}</code></a> ${asHtml(operation.summary)}</li>`).join('\n')}
</ul>`,
  )
  .join('\n')}
</nav>
<main>
${topics.flatMap(({ operations }) => operations.map(section)).join('\n')}
<h2>Answers</h2>
${Object.entries(components.schemas)
  .map(([name, schema]) => `<section id="${name}"><h3><code>${name}</code></h3>\n${fields(schema)}</section>`)
  .join('\n')}
</main>
</html>
`;
}

interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  format?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: readonly string[];
  anyOf?: readonly Schema[];
  allOf?: readonly Schema[];
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
}
interface Content {
  content?: Readonly<Record<string, { schema: Schema; example?: unknown }>>;
}
interface OperationObject {
  operationId: string;
  tags: readonly string[];
  summary: string;
  description?: string;
  security: readonly Readonly<Record<string, unknown>>[];
  parameters?: readonly {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema: Schema;
    example?: unknown;
  }[];
  requestBody?: Content;
  responses: Readonly<Record<string, Content & { description: string }>>;
}
interface Document {
  openapi: string;
  info: { title: string; description: string };
  tags: readonly { name: string }[];
  paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  components: { schemas: Readonly<Record<string, Schema>> };
}

function section({ method, path, operation }: { method: string; path: string; operation: OperationObject }) {
  const { operationId, summary, description, security, parameters = [], requestBody, responses } = operation;
  const body = requestBody?.content?.['application/json'];
  const [caller] = security.flatMap((scheme) => Object.keys(scheme));
  return `<section id="${operationId}">
<h3><code>${method} /api${asHtml(path)}</code></h3>
<p>${asHtml(summary)}. ${prose(CALLERS[caller ?? 'anybody'] ?? '')}</p>
${description ? `<p>${prose(description)}</p>` : ''}
${table(
  ['parameter', 'in', 'is', 'example'],
  parameters.map((parameter) => [
    `<code>${asHtml(parameter.name)}</code>${parameter.required ? ' *' : ''}`,
    asHtml(parameter.in),
    [typeOf(parameter.schema), prose(parameter.description ?? '')].filter(Boolean).join('. '),
    parameter.example === undefined ? '' : `<code>${asHtml(String(parameter.example))}</code>`,
  ]),
)}
${body ? `<h4>Body</h4>\n${fields(body.schema)}\n<pre><code>${asHtml(JSON.stringify(body.example, null, 2))}</code></pre>` : ''}
<h4>Answers</h4>
${table(
  ['status', 'is', 'body'],
  Object.entries(responses).map(([status, { description, content = {} }]) => [
    asHtml(status),
    prose(description),
    Object.entries(content)
      .map(([type, { schema }]) => (type.includes('problem') ? link('problem') : typeOf(schema)))
      .join(', '),
  ]),
)}
</section>`;
}

const CALLERS: Record<string, string> = {
  user: 'For a signed-in user: `Authorization: Bearer` with their Supabase token.',
  worker: 'For the worker: `Authorization: Bearer` with `WORKER_SECRET`.',
  tiktok: 'For TikTok, which signs what it sends.',
  anybody: 'For anybody.',
};

function fields({ properties = {}, required = [] }: Schema): string {
  return table(
    ['field', 'is'],
    Object.entries(properties).map(([name, schema]) => [
      `<code>${asHtml(name)}</code>${required.includes(name) ? ' *' : ''}`,
      [typeOf(schema), prose(schema.description ?? '')].filter(Boolean).join('. '),
    ]),
  );
}

function typeOf(schema: Schema): string {
  const { $ref, type, format, enum: values, anyOf, items, properties, const: only } = schema;
  const otherwise =
    schema.default === undefined ? '' : `, else <code>${asHtml(JSON.stringify(schema.default))}</code>`;
  if ($ref) return link($ref.split('/').at(-1) ?? '');
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(' or ');
  if (only !== undefined) return `<code>${asHtml(JSON.stringify(only))}</code>`;
  if (values) return values.map((value) => `<code>${asHtml(value)}</code>`).join(', ') + otherwise;
  if (items) return `list of ${typeOf(items)}`;
  if (properties)
    return `{ ${Object.entries(properties)
      .map(([name, field]) => `<code>${asHtml(name)}</code>: ${typeOf(field)}`)
      .join('; ')} }`;
  return asHtml(format ?? [type ?? 'anything'].flat().join(' or ')) + otherwise;
}

const link = (name: string) => `<a href="#${name}"><code>${name}</code></a>`;

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>\n${[line('th', heads), ...rows.map((row) => line('td', row))].join('\n')}\n</table>`;
}

/** Of Markdown we write no more than code spans. */
const prose = (text: string) => asHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

function asHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
