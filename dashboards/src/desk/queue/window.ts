// Which rows of a long list are worth drawing: those in sight and a few around them.

export interface Window {
  first: number;
  /** One past the last. */
  end: number;
  /** Space above the first row, and height of the whole list, in pixels. */
  before: number;
  height: number;
}

const AROUND = 6;

export function windowOf(count: number, row: number, scroll: number, sight: number): Window {
  const first = Math.max(0, Math.min(count, Math.floor(scroll / row) - AROUND));
  const end = Math.min(count, Math.ceil((scroll + sight) / row) + AROUND);
  return { first, end: Math.max(first, end), before: first * row, height: count * row };
}

/** Where to scroll so that a row is in sight; the present place when it already is. */
export function reveal(index: number, row: number, scroll: number, sight: number): number {
  const top = index * row;
  if (top < scroll) return top;
  if (top + row > scroll + sight) return top + row - sight;
  return scroll;
}
