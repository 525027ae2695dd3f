import type { Answer } from './answer.ts';
import { authorize } from './authorize.ts';
import type { Call } from './call.ts';
import { creatorInfo, userInfo } from './creator.ts';
import type { EndpointName } from './endpoints.ts';
import { revoke, token } from './oauth.ts';
import { status } from './status.ts';
import { upload } from './upload.ts';
import { videoInit } from './video-init.ts';

export type Route = (call: Call, cutAfterBytes?: number) => Answer | Promise<Answer>;

export const routes: Record<EndpointName, Route> = {
  authorize,
  token,
  revoke,
  user_info: userInfo,
  creator_info: creatorInfo,
  video_init: videoInit,
  status,
  upload,
};
