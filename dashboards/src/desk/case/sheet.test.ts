import { expect, it } from 'vitest';
import { en } from '../words/en';
import { KINDS } from '../wire/words';
import { openQuestions, steps } from './sheet';

it('a sheet asks only what nobody has answered', () => {
  expect(openQuestions('death', ['name', 'died'])).toEqual([
    'passport',
    'remains_at',
    'next_of_kin',
    'employer',
  ]);
  expect(openQuestions(null, [])).toEqual([]);
});

it('every question and every step of every kind has words', () => {
  for (const kind of KINDS) {
    for (const name of openQuestions(kind, [])) expect(en).toHaveProperty([`field.${name}`]);
    expect(steps(kind).length).toBeGreaterThan(0);
    for (const step of steps(kind)) expect(en).toHaveProperty([`step.${step}`]);
  }
});
