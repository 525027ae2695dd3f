import { describeCells } from '../support/crash-cells.ts';

/** The crash points while bytes are sent, and when the media goes away. */
describeCells('upload');
