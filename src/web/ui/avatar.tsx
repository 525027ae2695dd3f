import { useState } from 'preact/hooks';

export interface AvatarProps {
  url: string | null;
  name: string;
  size?: number;
}

/** An account's picture, or its initial: TikTok's addresses of pictures end after a while. */
export function Avatar({ url, name, size = 40 }: AvatarProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const style = { width: size, height: size, fontSize: size * 0.42 };
  return url === null || broken === url ? (
    <span class="avatar" style={style} aria-hidden="true">
      {[...name][0]?.toUpperCase() ?? '?'}
    </span>
  ) : (
    <img
      class="avatar"
      style={style}
      src={url}
      alt=""
      width={size}
      height={size}
      referrerpolicy="no-referrer"
      onError={() => setBroken(url)}
    />
  );
}
