import type { ConsentDeclaration, PrivacyLevel } from '../../contract.ts';

/** UX-13, to the letter. */
export const NEEDS_DISCLOSURE =
  'You need to indicate if your content promotes yourself, a third party, or both.';
/** UX-15, to the letter. */
export const NOT_PRIVATE = 'Branded content visibility cannot be set to private.';
/** UX-11 and UX-12, to the letter. */
export const LABELLED_PROMOTIONAL = "Your photo/video will be labeled as 'Promotional content'";
export const LABELLED_PARTNERSHIP = "Your photo/video will be labeled as 'Paid partnership'";
/** UX-21. */
export const PROCESSING_NOTICE =
  'It may take a few minutes for the content to process and be visible on your profile.';

export const PRIVACY_NAMES: Record<PrivacyLevel, string> = {
  PUBLIC_TO_EVERYONE: 'Everyone',
  MUTUAL_FOLLOW_FRIENDS: 'Friends',
  FOLLOWER_OF_CREATOR: 'Followers',
  SELF_ONLY: 'Only me',
};

/** What the two declarations of UX-16 and UX-17 agree to. */
export const DECLARATIONS: Record<ConsentDeclaration, string> = {
  music_usage: 'Music Usage Confirmation',
  branded_content_and_music_usage: 'Branded Content Policy and Music Usage Confirmation',
};
