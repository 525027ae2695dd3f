import type { Answer } from './answer.ts';
import { authorize } from './authorize.ts';
import type { Call } from './call.ts';
import { contentInit } from './content-init.ts';
import { creatorInfo, userInfo } from './creator.ts';
import type { EndpointName } from './endpoints.ts';
import { revoke, token } from './oauth.ts';
import { cancel, status } from './status.ts';
import { upload } from './upload.ts';
import { inboxInit, videoInit } from './video-init.ts';
import { videoList, videoQuery } from './videos.ts';

export type Route = (call: Call, cutAfterBytes?: number) => Answer | Promise<Answer>;

export const routes: Record<EndpointName, Route> = {
  authorize,
  token,
  revoke,
  user_info: userInfo,
  video_list: videoList,
  video_query: videoQuery,
  creator_info: creatorInfo,
  video_init: videoInit,
  inbox_init: inboxInit,
  content_init: contentInit,
  status,
  cancel,
  upload,
};
