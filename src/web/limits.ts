import type * as contract from '../contract.ts';

/**
 * The contract's limits and lists, for the page, which imports nothing of the functions but types: the compiler holds each to the
 * one that counts.
 */
export const MAX_TITLE_LENGTH: typeof contract.MAX_TITLE_LENGTH = 2200;
export const MAX_PHOTO_TITLE_LENGTH: typeof contract.MAX_PHOTO_TITLE_LENGTH = 90;
export const MAX_DESCRIPTION_LENGTH: typeof contract.MAX_DESCRIPTION_LENGTH = 4000;
export const MAX_PHOTOS: typeof contract.MAX_PHOTOS = 35;
export const MAX_URL_LENGTH: typeof contract.MAX_URL_LENGTH = 2048;
export const MAX_SCHEDULE_DAYS: typeof contract.MAX_SCHEDULE_DAYS = 366;

export const OPEN_STATUSES: typeof contract.OPEN_STATUSES = [
  'queued',
  'initializing',
  'uploading',
  'processing',
];

/** Whether a post is under way, or will be. */
export function isOpen(status: contract.PostStatus): boolean {
  return OPEN_STATUSES.some((open) => open === status);
}
