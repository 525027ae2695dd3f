import { describeCells } from '../support/crash-cells.ts';

/** The crash points while TikTok is asked what became of a post. */
describeCells('check');
