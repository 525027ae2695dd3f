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

const draftPhotoFields: Record<string, FieldKind> = { title: 'string', description: 'string' };

const photoFields: Record<string, FieldKind> = {
  ...draftPhotoFields,
  privacy_level: 'string',
  disable_comment: 'boolean',
  auto_add_music: 'boolean',
  brand_content_toggle: 'boolean',
  brand_organic_toggle: 'boolean',
};

const photoUnits = { title: 90, description: 4_000 };

export type PostInfo = {
  wire: Record<string, unknown>;
  /** Undefined when left out, which is refused later and with another code than nonsense. */
  privacyLevel: PrivacyLevel | undefined;
};

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-direct-post */
export function parseVideoPostInfo(value: unknown): PostInfo {
  const wire = strictObject(value, videoFields, badPostInfo);
  assertLength(wire.title, maxTitleUnits);
  return { wire, privacyLevel: privacyLevelOf(wire) };
}

/** @see https://developers.tiktok.com/doc/content-posting-api-reference-photo-post */
export function parsePhotoPostInfo(value: unknown, mode: 'direct' | 'draft'): PostInfo {
  if (value === undefined && mode === 'draft') return { wire: {}, privacyLevel: undefined };
  const wire = strictObject(value, mode === 'direct' ? photoFields : draftPhotoFields, badPostInfo);
  assertLength(wire.title, photoUnits.title);
  assertLength(wire.description, photoUnits.description);
  return { wire, privacyLevel: privacyLevelOf(wire) };
}

function assertLength(text: unknown, maxUnits: number): void {
  if (typeof text === 'string' && text.length > maxUnits) throw invalidParams(badPostInfo);
}

function privacyLevelOf(wire: Record<string, unknown>): PrivacyLevel | undefined {
  const privacyLevel = privacyLevels.find((level) => level === wire.privacy_level);
  if (privacyLevel === undefined && wire.privacy_level !== undefined) throw invalidParams(badPostInfo);
  return privacyLevel;
}
