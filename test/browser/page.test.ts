import { afterAll, vi } from 'vitest';
import { film, serveLimitedMedia } from '../support/limited-media.ts';
import { accounts } from './parts/accounts.ts';
import { craft } from './parts/craft.ts';
import { postsPart, workerPart } from './parts/posts.ts';
import { program } from './parts/program.ts';
import { rules } from './parts/rules.ts';
import { useStage } from './support/scene.ts';

/**
 * The whole site as `npm start` runs it, before a program and before a real browser. One stage for all of it, as it takes long to
 * set up; everybody who comes on is somebody new, with a TikTok account of their own.
 */

vi.setConfig({ testTimeout: 300_000 });

const media = await serveLimitedMedia();
media.limits.file = film(45_000_000);
afterAll(() => media[Symbol.asyncDispose]());

useStage(() => ({ mediaOrigins: [media.url] }));

workerPart();
program();
accounts();
rules();
postsPart(() => ({ url: `${media.url}/large.mp4`, file: media.limits.file }));
craft();
