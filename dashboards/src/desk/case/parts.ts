// How many parts a text message takes. 160 characters of the GSM alphabet fit into one, 153 into
// each of several; a single character outside it makes the whole text UCS-2: 70 and 67.

const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const DOUBLE = new Set('\f^{}\\[~]|€');

export interface Parts {
  encoding: 'GSM-7' | 'UCS-2';
  parts: number;
  /** Characters used, as the encoding counts them. */
  used: number;
  /** Characters left in the last part. */
  left: number;
  /** The first characters that force UCS-2, at most three. */
  culprits: string[];
}

export function partsOf(text: string): Parts {
  const culprits = new Set<string>();
  let septets = 0;
  for (const character of text) {
    if (BASIC.has(character)) septets += 1;
    else if (DOUBLE.has(character)) septets += 2;
    else if (culprits.size < 3) culprits.add(character);
  }
  if (culprits.size > 0) {
    return { encoding: 'UCS-2', ...split(text.length, 70, 67), culprits: [...culprits] };
  }
  return { encoding: 'GSM-7', ...split(septets, 160, 153), culprits: [] };
}

function split(used: number, whole: number, each: number) {
  if (used <= whole) return { parts: used === 0 ? 0 : 1, used, left: whole - used };
  const parts = Math.ceil(used / each);
  return { parts, used, left: parts * each - used };
}
