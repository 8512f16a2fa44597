import { render } from 'svelte/server';
import { expect, it, vi } from 'vitest';
import { view } from '../wire/card.fixture';
import type { Alike, AlikeElsewhere } from '../wire/json';

// The page reads its language and its address from the browser when it is loaded.
vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
vi.stubGlobal('navigator', { languages: ['en'] });
vi.stubGlobal('location', { hash: '' });
vi.stubGlobal('addEventListener', () => undefined);
const { default: AlikeBox } = await import('./AlikeBox.svelte');
const { LANGS, speak } = await import('../words/words.svelte');

const hers: Alike = {
  id: 'b',
  reference: '7KQ2-M4XN-3RTA',
  mission: 'SA-RUH',
  kind: 'detention',
  status: 'waiting',
  reasons: ['name', 'story'],
};
const person: AlikeElsewhere = { mission: 'AE-DXB', about: 'person' };
const event: AlikeElsewhere = { mission: 'QA-DOH', about: 'event' };
const shown = (change: Parameters<typeof view>[0]) =>
  render(AlikeBox, { props: { view: view(change) } }).body;

it('a mission that has a case about the same is named to be asked, and nothing leads to the case', () => {
  for (const [lang, told] of [
    ['en', 'A case at AE-DXB may be about the same person. Ask that mission.'],
    ['sw', 'Huenda kesi iliyo AE-DXB inamhusu mtu huyuhuyo. Uliza ubalozi huo.'],
    ['ar', 'قد تكون لدى AE-DXB حالة عن الشخص نفسه. اسأل تلك البعثة.'],
  ] as const) {
    speak(lang);
    const box = shown({ alike_elsewhere: [person, event] });
    expect(box).toContain(told);
    expect(box.match(/QA-DOH/g)).toHaveLength(1);
    expect(box).not.toMatch(/<a |<button/);
  }
  expect(LANGS).toHaveLength(3);
});

it('a case that may be seen is shown as ever, with a link and the reasons', () => {
  speak('en');
  const box = shown({ alike: [hers], alike_elsewhere: [person] });
  expect(box).toContain('href="#/case/b"');
  expect(box).toContain('same name · the same is told');
  expect(box).toContain('A case at AE-DXB');
  expect(box.match(/<a /g)).toHaveLength(1);
});

it('nothing is said where nothing is alike', () => {
  expect(shown({})).not.toContain('<section');
});
