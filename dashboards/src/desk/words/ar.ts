// العربية.
import { work } from './ar/work';
import { desk } from './ar/desk';
import { map } from './ar/map';
import { sheet } from './ar/sheet';
import { team } from './ar/team';
import { vocabulary } from './ar/vocabulary';
import type { Words } from './words.svelte';

export const ar: Words = { ...desk, ...map, ...work, ...sheet, ...team, ...vocabulary };
