import { describe, expect, test } from 'vitest';
import { type AccountView, type CreatorInfoView, PRIVACY_LEVELS, postRequest } from '../../src/contract.ts';
import { type Draft, EMPTY_DRAFT } from '../../src/web/compose/draft.ts';
import { toRequest } from '../../src/web/compose/request.ts';
import { type CreatorState, type Facts, judge } from '../../src/web/compose/rules.ts';
import {
  LABELLED_PARTNERSHIP,
  LABELLED_PROMOTIONAL,
  NEEDS_DISCLOSURE,
  NOT_PRIVATE,
} from '../../src/web/compose/words.ts';
import { createFormats } from '../../src/web/support/format.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const ADA = '11111111-1111-4111-8111-111111111111';
const BO = '22222222-2222-4222-8222-222222222222';

const FORMATS = createFormats('en-GB', 'Europe/Berlin');

const account = (id: string, changes: Partial<AccountView> = {}): AccountView => ({
  id,
  openId: `open-${id}`,
  username: id === ADA ? 'Ada Films' : 'Bo',
  avatarUrl: null,
  scopes: ['user.info.basic', 'video.publish', 'video.upload'],
  authMethod: 'shared',
  status: 'connected',
  connectedAt: NOW.toISOString(),
  tokenExpiresAt: null,
  refreshTokenExpiresAt: null,
  reconnectBy: null,
  ...changes,
});

const creator = (changes: Partial<CreatorInfoView> = {}): CreatorState => ({
  kind: 'known',
  info: {
    creatorAvatarUrl: null,
    creatorUsername: 'ada.films',
    creatorNickname: 'Ada ✨',
    privacyLevelOptions: ['PUBLIC_TO_EVERYONE', 'MUTUAL_FOLLOW_FRIENDS', 'SELF_ONLY'],
    commentDisabled: false,
    duetDisabled: false,
    stitchDisabled: false,
    maxVideoPostDurationSec: 60,
    canPost: true,
    reason: null,
    ...changes,
  },
});

const facts = (changes: Partial<Facts> = {}): Facts => ({
  accounts: [account(ADA), account(BO)],
  creators: { [ADA]: creator(), [BO]: creator({ creatorNickname: 'Bo' }) },
  media: { kind: 'none' },
  shownDurationSec: null,
  now: NOW,
  formats: FORMATS,
  ...changes,
});

const draft = (changes: Partial<Draft> = {}): Draft => ({
  ...EMPTY_DRAFT,
  accountIds: [ADA],
  videoUrl: 'https://media.example.com/film.mp4',
  photoUrls: ['https://media.example.com/1.jpg'],
  caption: 'A film',
  settings: {
    [ADA]: { privacyLevel: 'PUBLIC_TO_EVERYONE', allowComment: false, allowDuet: false, allowStitch: false },
  },
  ...changes,
});
const settings = (changes: Partial<Draft['settings'][string]> = {}) => ({
  [ADA]: {
    privacyLevel: 'PUBLIC_TO_EVERYONE' as const,
    allowComment: false,
    allowDuet: false,
    allowStitch: false,
    ...changes,
  },
});

const BOTH = [false, true];
const messages = (judged: ReturnType<typeof judge>) => judged.problems.map(({ message }) => message);

/** Every combination of kind, mode, audience, disclosure, allowances and what the creator offers. */
function* combinations(): Generator<{ draft: Draft; facts: Facts }> {
  const choices = [null, 'PUBLIC_TO_EVERYONE', 'SELF_ONLY', 'FOLLOWER_OF_CREATOR'] as const;
  for (const mediaType of ['video', 'photo'] as const)
    for (const mode of ['direct', 'draft'] as const)
      for (const privacyLevel of choices)
        for (const disclosesCommercial of BOTH)
          for (const isYourBrand of BOTH)
            for (const isBrandedContent of BOTH)
              for (const allowed of BOTH)
                for (const commentDisabled of BOTH)
                  for (const duetDisabled of BOTH)
                    for (const canPost of BOTH)
                      for (const isBound of BOTH)
                        yield {
                          draft: draft({
                            ...{ mediaType, mode, disclosesCommercial, isYourBrand, isBrandedContent },
                            isAigc: allowed,
                            autoAddMusic: allowed,
                            settings: settings({
                              privacyLevel,
                              allowComment: allowed,
                              allowDuet: allowed,
                              allowStitch: allowed,
                            }),
                          }),
                          facts: facts({
                            creators: {
                              [ADA]: creator({
                                ...{ commentDisabled, duetDisabled, canPost },
                                reason: canPost
                                  ? null
                                  : {
                                      code: isBound
                                        ? 'spam_risk_user_banned_from_posting'
                                        : 'spam_risk_too_many_posts',
                                      message: 'TikTok takes no more.',
                                    },
                              }),
                            },
                          }),
                        };
}

test('in every combination the rules hold, and what would be sent is what the API takes', () => {
  let seen = 0;
  let sendable = 0;
  for (const { draft, facts } of combinations()) {
    seen += 1;
    const judged = judge(draft, facts);
    const [ada] = judged.accounts;
    const state = facts.creators[ADA];
    if (!ada || state?.kind !== 'known') throw new Error('Ada is chosen.');
    const { info } = state;
    const isDirect = draft.mode === 'direct';
    const isBranded = isDirect && draft.disclosesCommercial && draft.isBrandedContent;
    const chosen = draft.settings[ADA]?.privacyLevel ?? null;
    const isOffered = chosen !== null && (info.privacyLevelOptions ?? []).includes(chosen);
    const problems = messages(judged);

    // UX-02
    expect(ada.nickname).toBe('Ada ✨');
    // UX-03
    const stops = !info.canPost && (isDirect || info.reason?.code === 'spam_risk_user_banned_from_posting');
    expect(ada.stop !== null).toBe(stops);
    if (stops) expect(problems.join()).toMatch(/try again later/i);
    // UX-06 and UX-15
    if (isDirect) {
      expect(ada.privacyOptions?.map(({ level }) => level)).toEqual(info.privacyLevelOptions);
      for (const option of ada.privacyOptions ?? []) {
        const isBarred = isBranded && option.level === 'SELF_ONLY';
        expect([option.isDisabled, option.hover]).toEqual([isBarred, isBarred ? NOT_PRIVATE : null]);
      }
      expect(ada.privacyLevel).toBe(isOffered ? chosen : null);
      expect(problems.some((text) => /Choose who can view/.test(text))).toBe(!isOffered && !stops);
    } else expect(ada.privacyOptions).toBeNull();
    // UX-07, UX-08 and UX-09
    const names = !isDirect ? [] : draft.mediaType === 'photo' ? ['Comment'] : ['Comment', 'Duet', 'Stitch'];
    expect(ada.toggles.map(({ label }) => label)).toEqual(names);
    for (const toggle of ada.toggles) {
      const isOff = { Comment: info.commentDisabled, Duet: info.duetDisabled, Stitch: false }[toggle.label];
      expect([toggle.isDisabled, toggle.isChecked]).toEqual([isOff, !isOff && draft.isAigc]);
    }
    // UX-10 to UX-12
    const label = draft.isBrandedContent
      ? LABELLED_PARTNERSHIP
      : draft.isYourBrand
        ? LABELLED_PROMOTIONAL
        : null;
    expect(judged.disclosure === null).toBe(!isDirect);
    expect(judged.disclosure?.isOpen).toBe(isDirect ? draft.disclosesCommercial : undefined);
    expect(judged.disclosure?.label).toBe(isDirect ? (draft.disclosesCommercial ? label : null) : undefined);
    // UX-13
    const isUnsaid = isDirect && draft.disclosesCommercial && !draft.isYourBrand && !draft.isBrandedContent;
    expect(problems.includes(NEEDS_DISCLOSURE)).toBe(isUnsaid);
    if (isUnsaid) expect(judged.hover).toBe(NEEDS_DISCLOSURE);
    // UX-14
    if (isDirect) {
      const isBarred = chosen === 'SELF_ONLY' && !draft.isBrandedContent;
      expect(judged.disclosure?.isBrandedDisabled).toBe(isBarred);
      expect(judged.disclosure?.brandedHover).toBe(isBarred ? NOT_PRIVATE : null);
    }
    expect(problems.includes(NOT_PRIVATE)).toBe(isBranded && chosen === 'SELF_ONLY' && !stops);
    // UX-16 and UX-17
    expect(judged.declaration).toBe(isBranded ? 'branded_content_and_music_usage' : 'music_usage');
    expect(judged.hover === null).toBe(problems.length === 0);

    if (problems.length > 0) continue;
    sendable += 1;
    const request = toRequest(draft, judged, ada, NOW);
    const read = postRequest.safeParse(request);
    expect(read.success).toBe(true);
    expect(request.consent).toEqual({ declaration: judged.declaration, agreedAt: NOW.toISOString() });
    expect(request.mode).toBe(draft.mode);
    const isVideo = draft.mediaType === 'video';
    expect('videoUrl' in request).toBe(isVideo);
    expect('photoUrls' in request).toBe(!isVideo);
    if (!isDirect) {
      const forDirect = ['privacyLevel', 'disableComment', 'brandContentToggle', 'isAigc', 'autoAddMusic'];
      expect(Object.keys(request).filter((key) => forDirect.includes(key))).toEqual([]);
      continue;
    }
    expect(request.privacyLevel).toBe(chosen);
    expect(request.disableComment).toBe(info.commentDisabled || !draft.isAigc);
    expect(request.disableDuet).toBe(isVideo ? info.duetDisabled || !draft.isAigc : undefined);
    expect(request.disableStitch).toBe(isVideo ? !draft.isAigc : undefined);
    expect(request.isAigc).toBe(isVideo ? draft.isAigc : undefined);
    expect(request.autoAddMusic).toBe(isVideo ? undefined : draft.autoAddMusic);
    expect(request.brandContentToggle).toBe(draft.disclosesCommercial && draft.isBrandedContent);
    expect(request.brandOrganicToggle).toBe(draft.disclosesCommercial && draft.isYourBrand);
  }
  expect(seen).toBe(2 ** 9 * 4 * 2);
  expect(sendable).toBeGreaterThan(100);
});

test('nothing is chosen, allowed or disclosed to begin with', () => {
  const judged = judge({ ...EMPTY_DRAFT, accountIds: [ADA] }, facts());
  const [ada] = judged.accounts;
  expect(ada?.privacyLevel).toBeNull();
  expect(ada?.toggles.some(({ isChecked }) => isChecked)).toBe(false);
  expect(judged.disclosure).toMatchObject({ isOpen: false, label: null });
});

test('no post goes out before TikTok has said what the account may post', () => {
  const loading = judge(draft(), facts({ creators: {} }));
  expect(loading.problems).toEqual([{ field: 'accounts', message: expect.any(String), isMissing: true }]);
  const unavailable = { [ADA]: { kind: 'unavailable', message: 'TikTok does not answer.' } } as const;
  expect(judge(draft(), facts({ creators: unavailable })).accounts[0]?.stop).toBe('TikTok does not answer.');
  expect(judge(draft({ mode: 'draft' }), facts({ creators: unavailable })).problems).toEqual([]);
  const silent = { [ADA]: creator({ privacyLevelOptions: null }) };
  expect(messages(judge(draft(), facts({ creators: silent })))[0]).toMatch(/did not say who can view/);
});

describe('an account', () => {
  test.each([
    ['direct', ['video.upload'], /has not allowed publishing/],
    ['draft', ['video.publish'], /has not allowed drafts/],
  ] as const)('that has not allowed %s posts is stopped', (mode, scopes, text) => {
    const judged = judge(draft({ mode }), facts({ accounts: [account(ADA, { scopes: [...scopes] })] }));
    expect(judged.accounts[0]?.stop).toMatch(text);
  });

  test('that must be connected again is stopped, whatever TikTok said', () => {
    const judged = judge(draft(), facts({ accounts: [account(ADA, { status: 'reauth_required' })] }));
    expect(judged.accounts[0]?.stop).toMatch(/connected again/);
  });

  test('is named where there are several, and each has its own audience', () => {
    const judged = judge(draft({ accountIds: [ADA, BO] }), facts());
    expect(judged.problems).toEqual([
      { field: `privacy-${BO}`, message: 'Choose who can view the post of Bo.', isMissing: true },
    ]);
    const [ada, bo] = judged.accounts;
    if (!ada || !bo) throw new Error('Both are chosen.');
    const requests = [ada, bo].map((one) => toRequest(draft({ accountIds: [ADA, BO] }), judged, one, NOW));
    expect(requests.map(({ accountId, privacyLevel }) => [accountId, privacyLevel])).toEqual([
      [ADA, 'PUBLIC_TO_EVERYONE'],
      [BO, undefined],
    ]);
  });

  test('that only the reader may view keeps the others from branded content, too (UX-14)', () => {
    const both = draft({
      accountIds: [ADA, BO],
      disclosesCommercial: true,
      settings: { ...settings(), [BO]: { ...settings()[ADA], privacyLevel: 'SELF_ONLY' } as never },
    });
    expect(judge(both, facts()).disclosure?.isBrandedDisabled).toBe(true);
  });
});

describe('a video', () => {
  test.each([
    ['as the site measured it', { media: { kind: 'seen', warnings: [], media: { durationSec: 60.1 } } }],
    ['as the browser shows it', { shownDurationSec: 60.1 }],
  ] as const)('longer than the creator may post is stopped, %s (UX-04)', (_how, changes) => {
    const judged = judge(draft(), facts(changes as unknown as Partial<Facts>));
    expect(messages(judged)).toEqual([
      'The video is 1 minute and 0.1 seconds long; Ada ✨ may post at most 1 minute.',
    ]);
    expect(messages(judge(draft({ mode: 'draft' }), facts(changes as unknown as Partial<Facts>)))).toEqual(
      [],
    );
  });

  test('just as long as that may be posted', () => {
    expect(judge(draft(), facts({ shownDurationSec: 60 })).problems).toEqual([]);
  });

  test('that queueing would refuse is refused with that reason', () => {
    const judged = judge(draft(), facts({ media: { kind: 'refused', message: 'Not a video.' } }));
    expect(judged.problems).toEqual([{ field: 'video-url', message: 'Not a video.' }]);
  });
});

test('texts are counted in UTF-16 units, and their limits are the API’s own', () => {
  const over = (changes: Partial<Draft>) => messages(judge(draft(changes), facts()));
  expect(over({ caption: '🌊'.repeat(1100) })).toEqual([]);
  expect(over({ caption: `${'🌊'.repeat(1100)}!` })).toEqual(['Shorten the caption by 1 character.']);
  const photo = { mediaType: 'photo' } as const;
  expect(over({ ...photo, photoTitle: 'x'.repeat(90), photoDescription: 'x'.repeat(4000) })).toEqual([]);
  expect(over({ ...photo, photoTitle: 'x'.repeat(92), photoDescription: 'x'.repeat(4001) })).toEqual([
    'Shorten the title by 2 characters.',
    'Shorten the description by 1 character.',
  ]);
  expect(over({ mode: 'draft', caption: 'x'.repeat(3000) })).toEqual([]);
});

describe('a time', () => {
  const at = (date: string, time: string, changes: Partial<Draft> = {}) =>
    judge(draft({ when: 'later', date, time, ...changes }), facts());

  test('is sent as its instant, and shown before', () => {
    const judged = at('2026-11-21', '18:30');
    const [ada] = judged.accounts;
    expect(judged.problems).toEqual([]);
    if (!ada) throw new Error('Ada is chosen.');
    const request = toRequest(draft({ when: 'later', date: '2026-11-21', time: '18:30' }), judged, ada, NOW);
    expect(request.scheduledAt).toBe('2026-11-21T17:30:00.000Z');
  });

  test('that comes twice is the one that was chosen', () => {
    const twice = (isSecondTime: boolean) => at('2027-10-31', '02:30', { isSecondTime }).schedule.instant;
    expect(twice(false)?.toISOString()).toBe('2027-10-31T00:30:00.000Z');
    expect(twice(true)?.toISOString()).toBe('2027-10-31T01:30:00.000Z');
  });

  test.each([
    ['', '', /Choose the day/],
    ['2026-11-21', '12:59', /has passed/],
    ['2027-11-30', '12:00', /within the next 366 days/],
  ])('of “%s %s” is not taken', (date, time, text) => {
    expect(messages(at(date, time))).toEqual([expect.stringMatching(text)]);
  });
});

test('the audiences have a name each', async () => {
  const { PRIVACY_NAMES } = await import('../../src/web/compose/words.ts');
  expect(Object.keys(PRIVACY_NAMES).sort()).toEqual([...PRIVACY_LEVELS].sort());
});
