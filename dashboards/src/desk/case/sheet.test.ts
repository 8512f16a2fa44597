import { expect, it } from 'vitest';
import { answersOf, changes } from './sheet';

const view = {
  sheet: {
    questions: [
      { name: 'name', how: 'line' },
      { name: 'remains_at', how: 'line' },
      { name: 'kin_told', how: 'yes_no' },
    ],
    steps: ['death_1'],
    written: [
      { name: 'remains_at', value: 'Rashid Hospital', by: 'Amina', at: '' },
      { name: 'charge', value: 'none', by: 'Amina', at: '' },
      { name: 'death_1', value: 'done', by: 'Amina', at: '' },
    ],
  },
  reports: [
    { subject: { name: 'Otieno' }, details: { remains_at: 'in Dubai', country: 'AE', media: [] } },
    { subject: { name: 'Otieno Odhiambo' }, details: {} },
  ],
} as unknown as Parameters<typeof answersOf>[0];

it('a responder’s answer holds, and what was reported stays beside it', () => {
  expect(answersOf(view)).toEqual([
    { name: 'name', how: 'line', value: 'Otieno Odhiambo' },
    { name: 'remains_at', how: 'line', value: 'Rashid Hospital', by: 'Amina', reported: 'in Dubai' },
    { name: 'kin_told', how: 'yes_no', value: '' },
    { name: 'country', how: 'line', value: 'AE' },
    { name: 'charge', how: 'line', value: 'none', by: 'Amina' },
  ]);
});

it('only what was changed is sent, and an emptied answer is taken back', () => {
  const answers = answersOf(view);
  expect(changes(answers, {})).toEqual({});
  expect(changes(answers, { name: ' Otieno Odhiambo ', remains_at: '', kin_told: 'yes' })).toEqual({
    remains_at: '',
    kin_told: 'yes',
  });
});
