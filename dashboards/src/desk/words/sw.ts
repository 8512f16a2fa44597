// Kiswahili.
import { work } from './sw/work';
import { desk } from './sw/desk';
import { map } from './sw/map';
import { sheet } from './sw/sheet';
import { team } from './sw/team';
import { vocabulary } from './sw/vocabulary';
import type { Words } from './words.svelte';

export const sw: Words = { ...desk, ...map, ...work, ...sheet, ...team, ...vocabulary };
