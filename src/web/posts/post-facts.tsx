import type { ComponentChildren } from 'preact';
import type { PostView } from '../../contract.ts';
import { nameOf } from '../app/attention.ts';
import { useApp } from '../app/context.ts';
import { DECLARATIONS, PRIVACY_NAMES } from '../compose/words.ts';

export interface PostFactsProps {
  post: PostView;
  now: Date;
}

/** What was chosen for a post. */
export function PostFacts({ post, now }: PostFactsProps) {
  const { accounts, formats } = useApp();
  const account = accounts.data?.find(({ id }) => id === post.accountId);
  const isDirect = post.mode === 'direct';
  const isVideo = post.mediaType === 'video';
  const allowed = [
    ...(post.disableComment ? [] : ['comment']),
    ...(isVideo && !post.disableDuet ? ['duet'] : []),
    ...(isVideo && !post.disableStitch ? ['stitch'] : []),
  ];
  const promotes = [
    ...(post.brandOrganicToggle ? ['your brand'] : []),
    ...(post.brandContentToggle ? ['branded content'] : []),
  ];
  const facts: [string, ComponentChildren | null][] = [
    ['Account', account ? nameOf(account) : accounts.data ? 'Disconnected' : '…'],
    ['How', isDirect ? 'Posted directly' : 'Sent as a draft'],
    ['Goes out', post.scheduledAt && <Moment at={post.scheduledAt} now={now} />],
    ['Published', post.publishedAt && <Moment at={post.publishedAt} now={now} />],
    ['Who can view it', isDirect && post.privacyLevel ? PRIVACY_NAMES[post.privacyLevel] : null],
    [
      'Users may',
      isDirect ? (allowed.length > 0 ? formats.list(allowed) : 'not comment, duet or stitch') : null,
    ],
    ['Disclosed', promotes.length > 0 ? formats.list(promotes) : null],
    ['Marked', post.isAigc ? 'AI-generated' : null],
    [
      'Agreed to',
      post.consent && (
        <>
          {DECLARATIONS[post.consent.declaration]}
          <br />
          <Moment at={post.consent.agreedAt} now={now} />
        </>
      ),
    ],
    [
      'Noted',
      post.warnings.length > 0 && (
        <ul class="plain">
          {post.warnings.map(({ code, message }) => (
            <li key={code}>{message}</li>
          ))}
        </ul>
      ),
    ],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Moment({ at, now }: { at: string; now: Date }) {
  const { formats } = useApp();
  return (
    <>
      <time datetime={at}>{formats.moment(new Date(at), now)}</time>{' '}
      <span class="hint">{formats.utc(new Date(at))}</span>
    </>
  );
}
