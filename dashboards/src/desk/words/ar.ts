import { en } from './en';
import type { Words } from './words.svelte';

export const ar: Words = en;
