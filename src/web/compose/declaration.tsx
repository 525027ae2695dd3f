import type { ConsentDeclaration } from '../../contract.ts';

const LEGAL = 'https://www.tiktok.com/legal/page/global';

/** UX-16 and UX-17, to the letter: what publishing agrees to. */
export function Declaration({ declaration }: { declaration: ConsentDeclaration }) {
  const music = (
    <a href={`${LEGAL}/music-usage-confirmation/en`} target="_blank" rel="noopener noreferrer">
      Music Usage Confirmation
    </a>
  );
  return (
    <p class="declaration" id="declaration">
      {declaration === 'branded_content_and_music_usage' ? (
        <>
          By posting, you agree to TikTok's{' '}
          <a href={`${LEGAL}/bc-policy/en`} target="_blank" rel="noopener noreferrer">
            Branded Content Policy
          </a>{' '}
          and {music}
        </>
      ) : (
        <>By posting, you agree to TikTok's {music}</>
      )}
    </p>
  );
}
