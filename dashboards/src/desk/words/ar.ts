// العربية.
import { work } from './ar/work';
import { desk } from './ar/desk';
import { team } from './ar/team';
import { vocabulary } from './ar/vocabulary';
import type { Words } from './words.svelte';

export const ar: Words = { ...desk, ...work, ...team, ...vocabulary };
