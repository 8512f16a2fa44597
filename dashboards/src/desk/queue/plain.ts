// A reference as people read it aloud and type it, in one form: spaces, hyphens and small letters do
// not matter, and neither do letters it never holds because they look like a digit.

/** Characters of a whole reference. */
export const WHOLE = 12;

export function plain(text: string): string {
  return text
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
}
