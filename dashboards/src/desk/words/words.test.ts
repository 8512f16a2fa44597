import { describe, expect, it } from 'vitest';
import { ar } from './ar';
import { en } from './en';
import { sw } from './sw';

type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>;
const texts: Record<string, Record<string, Text>> = { en, sw, ar };
const keys = Object.keys(en) as (keyof typeof en)[];
const forms = (text: Text) => (typeof text === 'string' ? [text] : Object.values(text));

/** Written the same in more than one language, on purpose. */
const SAME = new Set(['channel.sms', 'channel.whatsapp']);

describe('the words', () => {
  for (const [lang, words] of Object.entries(texts)) {
    it(`say everything in ${lang}`, () => {
      expect(Object.keys(words).sort()).toEqual([...keys].sort());
      const silent = keys.filter((key) => forms(words[key] ?? '').some((form) => form.trim() === ''));
      expect(silent).toEqual([]);
    });

    it(`have an "other" form wherever there are forms in ${lang}`, () => {
      const without = keys.filter((key) => {
        const text = words[key];
        return typeof text === 'object' && text.other === undefined;
      });
      expect(without).toEqual([]);
    });
  }

  it('are not English by accident in Swahili or Arabic', () => {
    const english = new Map(keys.map((key) => [key, JSON.stringify(en[key])]));
    for (const words of [sw, ar]) {
      const same = keys.filter(
        (key) => !SAME.has(key) && JSON.stringify(words[key]) === english.get(key),
      );
      expect(same).toEqual([]);
    }
  });

  it('are written in Arabic script in Arabic', () => {
    expect(keys.filter((key) => forms(ar[key]).some((form) => !/\p{Script=Arabic}|،/u.test(form)))).toEqual([]);
  });

  it('carry the same values in every language', () => {
    const values = (text: Text) =>
      [...new Set(forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
    for (const key of keys) {
      expect([key, values(sw[key])]).toEqual([key, values(en[key])]);
      expect([key, values(ar[key])]).toEqual([key, values(en[key])]);
    }
  });
});
