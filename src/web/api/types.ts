import type { PostView } from '../../contract.ts';

/** Of `GET health`, what the page reads. */
export interface Health {
  lastTickAt: string | null;
}

export interface PostPage {
  posts: PostView[];
  nextCursor: string | null;
}
