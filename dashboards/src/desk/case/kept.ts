// A case is read again after each act, and most of it is as it was. What did not change stays the very
// object it was, so that nothing of it is drawn again.

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** What was read, made of the parts that are known already wherever they are equal. */
export function kept<T>(known: unknown, read: T): T {
  if (!isObject(known) || !isObject(read) || Array.isArray(known) !== Array.isArray(read)) return read;
  return (Array.isArray(read) ? lines(known as unknown as unknown[], read) : fields(known, read)) as T;
}

function fields(known: Fields, read: Fields): Fields {
  const names = Object.keys(read);
  const whole = Object.fromEntries(names.map((name) => [name, kept(known[name], read[name])]));
  const same =
    names.length === Object.keys(known).length && names.every((name) => Object.is(whole[name], known[name]));
  return same ? known : whole;
}

/** Lines that have an id are known by it, wherever they stand; others by their place. */
function lines(known: unknown[], read: unknown[]): unknown[] {
  const id = (line: unknown) => (isObject(line) ? line['id'] : undefined);
  const byId = new Map(known.map((line) => [id(line), line]));
  const whole = read.map((line, i) =>
    kept(id(line) === undefined ? known[i] : byId.get(id(line)), line),
  );
  const same = whole.length === known.length && whole.every((line, i) => Object.is(line, known[i]));
  return same ? known : whole;
}
