/**
 * TikTok's texts, letter for letter, as its guidelines have them; read by nothing of the page.
 * @see https://developers.tiktok.com/doc/content-sharing-guidelines
 */
export const NEEDS_DISCLOSURE =
  'You need to indicate if your content promotes yourself, a third party, or both.';
export const NOT_PRIVATE = 'Branded content visibility cannot be set to private.';
export const PROMOTIONAL = "Your photo/video will be labeled as 'Promotional content'";
export const PARTNERSHIP = "Your photo/video will be labeled as 'Paid partnership'";
export const MUSIC_URL = 'https://www.tiktok.com/legal/page/global/music-usage-confirmation/en';
export const POLICY_URL = 'https://www.tiktok.com/legal/page/global/bc-policy/en';
