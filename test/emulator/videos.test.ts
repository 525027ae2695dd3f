import { describe, expect, test } from 'vitest';
import { createHarness, type Harness, startMs, verdict } from './harness.ts';

/** Ids of so many public posts, a minute apart, newest first. */
async function postMany(tiktok: Harness, count: number): Promise<string[]> {
  tiktok.emulator.putUser({ username: 'ada.films', dailyPostCap: 100 });
  for (let n = 0; n < count; n++) {
    await tiktok.publishFile(tiktok.tokenOf(), { title: `Film ${n}` });
    tiktok.emulator.clock.advance(60_000);
  }
  return tiktok.emulator
    .ledger()
    .flatMap(({ postIds }) => postIds)
    .reverse();
}

const idsOf = (data: Record<string, unknown> = {}) => (data.videos as { id: string }[]).map(({ id }) => id);

describe('video_list', () => {
  test('pages through public posts, newest first', async () => {
    const tiktok = createHarness();
    const ids = await postMany(tiktok, 12);
    const token = tiktok.tokenOf();
    const first = (await tiktok.videoList(token, 'id')).json.data;
    expect([idsOf(first), first?.has_more]).toEqual([ids.slice(0, 10), true]);
    const second = (await tiktok.videoList(token, 'id', { cursor: first?.cursor, max_count: 20 })).json.data;
    expect([idsOf(second), second?.has_more]).toEqual([ids.slice(10), false]);
  });

  test('leaves out what not everybody sees', async () => {
    const tiktok = createHarness();
    await tiktok.publishFile(tiktok.tokenOf(), { privacy_level: 'SELF_ONLY' });
    const { data } = (await tiktok.videoList(tiktok.tokenOf(), 'id')).json;
    expect(data).toEqual({ videos: [], cursor: startMs, has_more: false });
  });

  test('answers the fields asked for, in the types of the documents', async () => {
    const tiktok = createHarness();
    const [id] = await postMany(tiktok, 1);
    const fields = 'id,create_time,share_url,title,view_count';
    expect((await tiktok.videoList(tiktok.tokenOf(), fields)).json.data?.videos).toEqual([
      {
        id,
        create_time: startMs / 1000,
        share_url: `https://www.tiktok.com/@ada.films/video/${id}`,
        title: 'Film 0',
        view_count: 0,
      },
    ]);
  });

  test.each<[string, unknown]>([
    ['', {}],
    ['id,fps', {}],
    ['id', { max_count: 21 }],
    ['id', { max_count: 0 }],
    ['id', { cursor: 'x' }],
    ['id', { fields: ['id'] }],
  ])('fields=%s with %o is invalid_params', async (fields, body) => {
    const tiktok = createHarness();
    expect(verdict(await tiktok.videoList(tiktok.tokenOf(), fields, body))).toBe('400 invalid_params');
  });
});

describe('video_query', () => {
  test('finds the videos of its user and passes over others', async () => {
    const tiktok = createHarness();
    const ids = await postMany(tiktok, 2);
    const { data } = (await tiktok.videoQuery(tiktok.tokenOf(), 'id', [...ids, '1'])).json;
    expect(idsOf(data)).toEqual(ids);
    const bo = tiktok.tokenOf(undefined, 'bo.private');
    expect(idsOf((await tiktok.videoQuery(bo, 'id', ids)).json.data)).toEqual([]);
  });

  test.each([[[]], [Array(21).fill('1')], ['1'], [[1]], [undefined]])(
    'ids %o are invalid_params',
    async (ids) => {
      const tiktok = createHarness();
      expect(verdict(await tiktok.videoQuery(tiktok.tokenOf(), 'id', ids))).toBe('400 invalid_params');
    },
  );
});
