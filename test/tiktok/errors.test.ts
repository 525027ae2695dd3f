import { describe, expect, test } from 'vitest';
import { type CatalogueEntry, errorEntry, failEntry, isCode, refusalOf } from '../../src/tiktok/errors.ts';

/** Every code of TikTok's pages, and what the worker does about it. */
const CODES = {
  access_token_invalid: 'refresh',
  scope_not_authorized: 'reconnect',
  scope_permission_missed: 'reconnect',
  rate_limit_exceeded: 'wait',
  internal_error: 'retry',
  invalid_params: 'reject',
  invalid_param: 'reject',
  invalid_file_upload: 'reject',
  app_version_check_failed: 'reject',
  invalid_publish_id: 'unknown_publish',
  token_not_authorized_for_specified_publish_id: 'unknown_publish',
  publish_not_cancellable: 'not_cancellable',
  spam_risk_too_many_posts: 'wait',
  spam_risk_user_banned_from_posting: 'reject',
  spam_risk_too_many_pending_share: 'wait',
  reached_active_user_cap: 'wait',
  unaudited_client_can_only_post_to_private_accounts: 'reject',
  url_ownership_unverified: 'upload_instead',
  privacy_level_option_mismatch: 'reject',
};

const FAIL_REASONS = {
  file_format_check_failed: 'reject',
  duration_check_failed: 'reject',
  frame_rate_check_failed: 'reject',
  picture_size_check_failed: 'reject',
  internal: 'retry',
  video_pull_failed: 'retry',
  photo_pull_failed: 'retry',
  publish_cancelled: 'reject',
  auth_removed: 'reject',
  spam_risk_too_many_posts: 'reject',
  spam_risk_user_banned_from_posting: 'reject',
  spam_risk_text: 'reject',
  spam_risk: 'reject',
};

const isSentence = (text: string) => /^[A-Z].*\.$/s.test(text);
/** By these nothing waits. */
const FINAL = ['reject', 'not_cancellable'];

function expectWhole(entry: CatalogueEntry | null): void {
  expect(entry?.happened).toSatisfy(isSentence);
  expect(entry?.next).toSatisfy(isSentence);
  if (FINAL.includes(entry?.disposition.kind ?? '')) expect(entry?.waiting).toBeUndefined();
  else expect(entry?.waiting).toSatisfy(isSentence);
}

test.each(Object.entries(CODES))('the code %s: %s', (code, kind) => {
  const entry = errorEntry(code);
  expect(entry?.disposition.kind).toBe(kind);
  expectWhole(entry);
});

test.each(Object.entries(FAIL_REASONS))('the fail_reason %s: %s', (reason, kind) => {
  const entry = failEntry(reason);
  expect(entry.disposition.kind).toBe(kind);
  expectWhole(entry);
});

test.each(['', 'ok', 'new_code', 'Internal_Error', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'the code "%s" is unknown',
  (code) => {
    expect(errorEntry(code)).toBeNull();
  },
);

test.each(['', 'new_reason', 'constructor', '__proto__'])(
  'the fail_reason "%s" is final, as FAILED itself is',
  (reason) => {
    const entry = failEntry(reason);
    expect(entry.disposition.kind).toBe('reject');
    expectWhole(entry);
  },
);

test('waits are long enough for the limit they wait for', () => {
  const waits = Object.keys(CODES).flatMap((code) => {
    const disposition = errorEntry(code)?.disposition;
    return disposition?.kind === 'wait' ? [[code, disposition.seconds]] : [];
  });
  expect(Object.fromEntries(waits)).toEqual({
    rate_limit_exceeded: 60,
    spam_risk_too_many_posts: 3600,
    spam_risk_too_many_pending_share: 3600,
    reached_active_user_cap: 3600,
  });
});

test('what has the form of a code may be shown, and nothing that could be a secret', () => {
  expect(Object.keys(CODES).filter((code) => !isCode(code))).toEqual([]);
  expect(
    [
      'act.Z3jbRvGec!7085.va',
      'AQB1xyz',
      'sbawx1',
      'https://a.example/',
      '',
      '_',
      'a__b',
      'x'.repeat(61),
      'new\ncode',
    ].filter(isCode),
  ).toEqual([]);
});

describe('what proves that an init began nothing', () => {
  const NO_PROOF = ['retry', 'unknown_publish', 'not_cancellable'];

  test.each(Object.entries(CODES))('%s (%s)', (code, kind) => {
    for (const httpStatus of [200, 400, 401, 403, 429]) {
      const refusal = refusalOf({ code, httpStatus });
      expect(refusal?.disposition.kind ?? null).toBe(NO_PROOF.includes(kind) ? null : kind);
    }
    for (const httpStatus of [500, 502, 503, 504, 599]) {
      expect(refusalOf({ code, httpStatus })).toBeNull();
    }
  });

  test('never an answer that names a publish', () => {
    const refused = { code: 'invalid_params', httpStatus: 400 };
    expect(refusalOf({ ...refused, data: { publish_id: 'v_pub_file~v2.7' } })).toBeNull();
    for (const data of [undefined, null, {}, [], 'none', { publish_id: '' }, { publish_id: null }])
      expect(refusalOf({ ...refused, data })).not.toBeNull();
  });

  test.each(['new_code', 'internal', '', 'constructor', '__proto__'])(
    'never the unknown code "%s"',
    (code) => {
      for (const httpStatus of [200, 400, 403, 500]) expect(refusalOf({ code, httpStatus })).toBeNull();
    },
  );
});
