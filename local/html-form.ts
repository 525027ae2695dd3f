export type Field = { name: string; value: string };

export type HtmlForm = {
  /** As it stands in the page; empty: the page's own address. */
  action: string;
  method: 'GET' | 'POST';
  /** What the form sends as it is shown, in order. */
  fields: Field[];
  /** Its buttons; the one that is pressed is sent too. */
  buttons: Field[];
};

/** The first form of a page, or null. Enough for a plain form; it runs no script. */
export function parseForm(html: string): HtmlForm | null {
  const [, openTag, content] = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html) ?? [];
  if (openTag === undefined || content === undefined) return null;
  const attributes = parseAttributes(openTag);
  return {
    action: attributes.action ?? '',
    method: attributes.method?.toUpperCase() === 'POST' ? 'POST' : 'GET',
    ...readControls(content),
  };
}

const control = /<(input|button)\b([^>]*)>|<select\b([^>]*)>([\s\S]*?)<\/select>/gi;

function readControls(content: string): Pick<HtmlForm, 'fields' | 'buttons'> {
  const fields: Field[] = [];
  const buttons: Field[] = [];
  for (const [, tag, tagAttributes = '', selectAttributes, options = ''] of content.matchAll(control)) {
    if (selectAttributes !== undefined) {
      const { name } = parseAttributes(selectAttributes);
      const value = selectedOption(options);
      if (name && value !== null) fields.push({ name, value });
      continue;
    }
    const { name, value, type, checked } = parseAttributes(tagAttributes);
    if (!name) continue;
    if (tag?.toLowerCase() === 'button' || type === 'submit') buttons.push({ name, value: value ?? '' });
    else if (type !== 'checkbox' && type !== 'radio') fields.push({ name, value: value ?? '' });
    else if (checked !== undefined) fields.push({ name, value: value ?? 'on' });
  }
  return { fields, buttons };
}

function selectedOption(html: string): string | null {
  const options = [...html.matchAll(/<option\b([^>]*)>([^<]*)/gi)].map(([, attributes = '', text = '']) => ({
    ...parseAttributes(attributes),
    text: decodeEntities(text.trim()),
  }));
  const option = options.find((candidate) => 'selected' in candidate) ?? options[0];
  return option === undefined ? null : (option.value ?? option.text);
}

type Attributes = Partial<
  Record<'name' | 'value' | 'type' | 'checked' | 'selected' | 'action' | 'method', string>
>;

const attribute = /([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;

function parseAttributes(source: string): Attributes {
  return Object.fromEntries(
    [...source.matchAll(attribute)].map(([, name = '', double, single, bare]) => [
      name.toLowerCase(),
      decodeEntities(double ?? single ?? bare ?? ''),
    ]),
  );
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(Number.parseInt(decimal ?? hex, decimal === undefined ? 16 : 10));
  });
}
