import type { PostRequest } from '../contract.ts';
import { CommandError, EXIT } from './exit.ts';
import { confirm, maySpeakWithPerson } from './prompts.ts';
import type { Run } from './session.ts';

const MUSIC = 'https://www.tiktok.com/legal/page/global/music-usage-confirmation/en';
const BRANDED = 'https://www.tiktok.com/legal/page/global/bc-policy/en';

/**
 * Shows what TikTok wants agreed to before a direct post, and asks for it. A draft is agreed to in the TikTok app.
 * @see https://developers.tiktok.com/doc/content-sharing-guidelines
 * @throws {CommandError} if nobody agrees.
 */
export async function askToAgree(run: Run, request: PostRequest, hasAgreed: boolean): Promise<void> {
  if (request.mode === 'draft') return;
  const { brandContentToggle: isBranded, brandOrganicToggle: isOwnBrand } = request;
  if (isBranded) run.output.say("It will be labeled as 'Paid partnership'.");
  else if (isOwnBrand) run.output.say("It will be labeled as 'Promotional content'.");
  const policies = isBranded
    ? 'Branded Content Policy and Music Usage Confirmation'
    : 'Music Usage Confirmation';
  run.output.say(`By posting, you agree to TikTok's ${policies}.`);
  run.output.say([...(isBranded ? [BRANDED] : []), MUSIC].map((url) => `  ${url}`).join('\n'));
  if (hasAgreed) return;
  if (!maySpeakWithPerson(run)) {
    const message = `Say with --agree that you agree to TikTok's ${policies}. Nothing was sent.`;
    throw new CommandError(EXIT.usage, 'agreement_missing', message);
  }
  if (!(await confirm('Do you agree, and publish it now?')))
    throw new CommandError(EXIT.failed, 'not_agreed', 'Nothing was sent.');
}
