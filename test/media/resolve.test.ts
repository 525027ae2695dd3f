import { createSocket } from 'node:dgram';
import { lookup as systemLookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createLookup } from '../../src/media/resolve.ts';

const A = 1;
const AAAA = 28;
const CNAME = 5;
/** `alias`: the name is another, of which no address of the kind is told. `fails`, or says nothing. */
type Answer = Buffer[] | 'alias' | 'fails' | 'silent';
type Answers = Partial<Record<typeof A | typeof AAAA, Answer>>;

/**
 * A name server that answers so for every name; null: it says nothing.
 * @see https://www.rfc-editor.org/rfc/rfc1035#section-4
 */
async function serveNames(answers: Answers | null) {
  const socket = createSocket('udp4');
  let questions = 0;
  socket.on('message', (query, { port, address }) => {
    questions++;
    const endOfName = query.indexOf(0, 12) + 1;
    const type = query.readUInt16BE(endOfName) as typeof A | typeof AAAA;
    const answer = answers === null ? 'silent' : (answers[type] ?? []);
    if (answer === 'silent') return;
    const records: [number, Buffer][] =
      answer === 'alias' ? [[CNAME, Buffer.from('\x04edge\x07example\x03net\0', 'latin1')]] : [];
    if (Array.isArray(answer)) records.push(...answer.map((data): [number, Buffer] => [type, data]));
    const head = Buffer.from(query.subarray(0, endOfName + 4));
    // A response, and recursion was to be had; 2: the server failed.
    head.writeUInt16BE(answer === 'fails' ? 0x8182 : 0x8180, 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt16BE(0, 10);
    const body = records.map(([type, data]) => {
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt16BE(data.length, 10);
      return Buffer.concat([record, data]);
    });
    socket.send(Buffer.concat([head, ...body]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    server: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    questions: () => questions,
    async [Symbol.asyncDispose]() {
      socket.close();
    },
  };
}

function find(server: string, hostname = 'media.example.com') {
  return new Promise((resolve) =>
    createLookup([server])(hostname, { all: true }, (error, addresses) => resolve(error?.code ?? addresses)),
  );
}

const FOUR = Buffer.from([8, 8, 4, 4]);
const SIX = Buffer.from('20014860486000000000000000008844', 'hex');

test.each<[string, Answers, unknown]>([
  [
    'both kinds',
    { [A]: [FOUR], [AAAA]: [SIX] },
    [
      { address: '8.8.4.4', family: 4 },
      { address: '2001:4860:4860::8844', family: 6 },
    ],
  ],
  ['one kind alone', { [A]: [FOUR] }, [{ address: '8.8.4.4', family: 4 }]],
  ['the other alone', { [AAAA]: [SIX] }, [{ address: '2001:4860:4860::8844', family: 6 }]],
  ['none', {}, 'ENODATA'],
  ['none, behind an alias', { [A]: 'alias', [AAAA]: 'alias' }, 'ENODATA'],
  ['none just now, behind an alias', { [A]: 'fails', [AAAA]: 'alias' }, 'ESERVFAIL'],
  ['one kind, the other failing', { [A]: [FOUR], [AAAA]: 'fails' }, [{ address: '8.8.4.4', family: 4 }]],
  ['one kind, the other never told', { [A]: [FOUR], [AAAA]: 'silent' }, [{ address: '8.8.4.4', family: 4 }]],
])('a name with addresses of %s', async (_what, answers, found) => {
  await using names = await serveNames(answers);
  expect(await find(names.server)).toEqual(found);
});

test('a name server that says nothing holds up nobody else, and not for long', async () => {
  await using names = await serveNames(null);
  let isOver = false;
  const all = Promise.all(Array.from({ length: 20 }, (_, i) => find(names.server, `media${i}.example.com`)));
  const slow = all.finally(() => {
    isOver = true;
  });
  // Four names that are looked up the system's way would take all threads there are.
  await expect.poll(names.questions).toBeGreaterThanOrEqual(20);
  expect(await systemLookup('localhost')).toBeDefined();
  expect(isOver).toBe(false);
  expect(new Set(await slow)).toEqual(new Set(['ETIMEOUT']));
}, 20_000);
