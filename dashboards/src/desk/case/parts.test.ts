import { describe, expect, it } from 'vitest';
import { partsOf } from './parts';

describe('the parts of a text', () => {
  it('are none for nothing, one up to 160, two up to 306', () => {
    expect(partsOf('').parts).toBe(0);
    expect(partsOf('a'.repeat(160))).toMatchObject({ parts: 1, left: 0, encoding: 'GSM-7' });
    expect(partsOf('a'.repeat(161))).toMatchObject({ parts: 2, left: 145 });
    expect(partsOf('a'.repeat(307)).parts).toBe(3);
  });

  it('count a bracket and a euro twice', () => {
    expect(partsOf('[€]').used).toBe(6);
  });

  it('become UCS-2 by one curly apostrophe, and say which character did it', () => {
    expect(partsOf("ng'ombe").encoding).toBe('GSM-7');
    expect(partsOf('ng’ombe')).toMatchObject({ encoding: 'UCS-2', culprits: ['’'], left: 63 });
    expect(partsOf('é').encoding).toBe('GSM-7');
    expect(partsOf('ç').encoding).toBe('UCS-2');
  });

  it('count an emoji as two of the seventy', () => {
    expect(partsOf('😢').used).toBe(2);
    expect(partsOf('م'.repeat(71))).toMatchObject({ parts: 2, left: 63 });
  });
});
