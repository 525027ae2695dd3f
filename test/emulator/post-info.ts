import { type FieldKind, strictObject } from './fields.ts';
import { badPostInfo, invalidParams } from './refusal.ts';
import { type PrivacyLevel, privacyLevels } from './world.ts';

const videoFields: Record<string, FieldKind> = {
  privacy_level: 'string',
  title: 'string',
  disable_duet: 'boolean',
  disable_stitch: 'boolean',
  disable_comment: 'boolean',
  video_cover_timestamp_ms: 'int32',
  brand_content_toggle: 'boolean',
  brand_organic_toggle: 'boolean',
  is_aigc: 'boolean',
};

/** UTF-16 code units, which is what `length` counts. */
const maxTitleUnits = 2_200;

export type PostInfo = {
  wire: Record<string, unknown>;
  /** Undefined when left out, which is refused later and with another code than nonsense. */
  privacyLevel: PrivacyLevel | undefined;
};

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post */
export function parseVideoPostInfo(value: unknown): PostInfo {
  const wire = strictObject(value, videoFields, badPostInfo);
  if (typeof wire.title === 'string' && wire.title.length > maxTitleUnits) throw invalidParams(badPostInfo);
  const privacyLevel = privacyLevels.find((level) => level === wire.privacy_level);
  if (privacyLevel === undefined && wire.privacy_level !== undefined) throw invalidParams(badPostInfo);
  return { wire, privacyLevel };
}
