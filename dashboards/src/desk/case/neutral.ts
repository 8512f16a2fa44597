// A first look, while typing, at whether a text could endanger who receives it. The phone may be
// read by others: no link, number, agency or case word. The service has the last word; this only
// warns early, and never sends or refuses anything.

export type Concern = 'link' | 'number' | 'word';

const LINK = /https?:|www\.|\b[a-z0-9-]+\.(?:com|org|net|ke|ae|sa|me|ly)\b/i;
const NUMBER = /[+\d\u0660-\u0669](?:[\s().-]?[\d\u0660-\u0669]){5,}/;
const REFERENCE = /\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b/i;
const WORDS =
  /\b(?:msaada|embass(?:y|ies)|consul\w*|ubalozi|balozi|ministry|wizara|government|serikali|police|polisi|officer|afisa|rescue\w*|okoa\w*|abuse\w*|report(?:ed)?|ripoti|case|kesi|passport|pasipoti|kenya\w*)\b|سفارة|السفارة|قنصلية|القنصلية|شرطة|الشرطة|بلاغ|جواز|كينيا/i;

/** The words that it is about, each once, as they stand in the text. */
export function telling(text: string): string[] {
  const found = [LINK, NUMBER, REFERENCE, WORDS].flatMap((pattern) =>
    [...text.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))].map(([word]) => word.trim()),
  );
  return [...new Set(found)];
}

export function concerns(text: string): Concern[] {
  const found: Concern[] = [];
  if (LINK.test(text)) found.push('link');
  if (NUMBER.test(text) || REFERENCE.test(text)) found.push('number');
  if (WORDS.test(text)) found.push('word');
  return found;
}
