// The report with its evidence marked. Positions count Unicode characters, not UTF-16 units, and
// marks may overlap: the text is cut at every border, and each piece knows all its reasons.
import type { Evidence } from '../wire/json';

export interface Piece {
  text: string;
  /** Indexes into the evidence. */
  reasons: number[];
}

export function pieces(text: string, evidence: readonly Evidence[]): Piece[] {
  const characters = Array.from(text);
  const borders = new Set([0, characters.length]);
  const valid = evidence.map(
    ({ start, end }) => 0 <= start && start < end && end <= characters.length,
  );
  evidence.forEach(({ start, end }, i) => {
    if (valid[i]) borders.add(start).add(end);
  });
  const cuts = [...borders].sort((a, b) => a - b);
  const result: Piece[] = [];
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const [from, to] = [cuts[i] ?? 0, cuts[i + 1] ?? 0];
    const reasons = evidence.flatMap((e, k) =>
      valid[k] && e.start <= from && to <= e.end ? [k] : [],
    );
    result.push({ text: characters.slice(from, to).join(''), reasons });
  }
  return result;
}

/** `sign:movement` → family `sign`, word `movement`; `place` and `negated` stand alone. */
export function reason(says: string): { family: string; word: string } {
  const colon = says.indexOf(':');
  return colon < 0
    ? { family: says, word: '' }
    : { family: says.slice(0, colon), word: says.slice(colon + 1) };
}

/** The same words may say several things: one line for each stretch of text, in reading order. */
export function reasonsByText(evidence: readonly Evidence[]): { text: string; says: string[] }[] {
  const lines = new Map<string, { start: number; text: string; says: string[] }>();
  for (const { start, end, text, says } of evidence) {
    const key = `${start}-${end}`;
    const line = lines.get(key) ?? { start, text, says: [] };
    if (!line.says.includes(says)) line.says.push(says);
    lines.set(key, line);
  }
  return [...lines.values()].sort((a, b) => a.start - b.start);
}
