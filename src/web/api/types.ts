import type { AccountView, PostView } from '../../contract.ts';

/** What a page needs to sign somebody in: `GET web-config`. */
export interface WebConfig {
  supabaseUrl: string;
  supabasePublishableKey: string;
  /** What is asked of TikTok when an account is connected. */
  scopes: string[];
}

export interface Health {
  lastTickAt: string | null;
}

export interface AccountsAnswer {
  accounts: AccountView[];
}

export interface Notice {
  code: string;
  message: string;
}

/** Which declaration was shown next to the publish button, and when it was agreed to. */
export interface Consent {
  declaration: 'music_usage' | 'branded_content_and_music_usage';
  agreedAt: string;
}

export interface StoryEntry {
  at: string;
  status: PostView['status'];
  code: string | null;
  message: string | null;
}

export type Post = PostView & { consent?: Consent | null; story?: StoryEntry[] };

export interface PostPage {
  posts: Post[];
  nextCursor: string | null;
}

export interface MediaFacts {
  sizeBytes?: number | null;
  durationSec?: number | null;
  width?: number | null;
  height?: number | null;
}

export interface CheckAnswer {
  warnings: Notice[];
  media: MediaFacts | null;
}
