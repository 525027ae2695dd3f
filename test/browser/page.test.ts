import { accounts } from './parts/accounts.ts';
import { useStage } from './support/scene.ts';

/**
 * The page in a real browser, before the whole site as `npm start` runs it. One stage for all of it, as it takes long to
 * set up; everybody who comes on is somebody new, with a TikTok account of their own.
 */
useStage(() => ({}));

accounts();
