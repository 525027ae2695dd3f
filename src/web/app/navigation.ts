import { useEffect, useState } from 'preact/hooks';

export interface Place {
  pathname: string;
  search: string;
  /** How often the reader has gone elsewhere since the page was loaded. */
  moves: number;
}

const EVENT = 'place';

/** Goes to another page of this site, without loading it anew. */
export function navigate(address: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  dispatchEvent(new Event(EVENT));
}

/** Where the reader is. */
export function usePlace(): Place {
  const [place, setPlace] = useState<Place>(() => ({ ...here(), moves: 0 }));
  useEffect(() => {
    const follow = () => setPlace(({ moves }) => ({ ...here(), moves: moves + 1 }));
    addEventListener('popstate', follow);
    addEventListener(EVENT, follow);
    return () => {
      removeEventListener('popstate', follow);
      removeEventListener(EVENT, follow);
    };
  }, []);
  return place;
}

const here = () => ({ pathname: location.pathname, search: location.search });
