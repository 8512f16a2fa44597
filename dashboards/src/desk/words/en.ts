// English. Short and plain: read at three in the morning, in a second language, in a hurry.
import { work } from './en/work';
import { desk } from './en/desk';
import { map } from './en/map';
import { sheet } from './en/sheet';
import { team } from './en/team';
import { vocabulary } from './en/vocabulary';

export const en = { ...desk, ...map, ...work, ...sheet, ...team, ...vocabulary } satisfies Record<
  string,
  string | Partial<Record<Intl.LDMLPluralRule, string>>
>;
