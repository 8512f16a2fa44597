// What the stories are told of the service they are told against. A story that misses something fails:
// one that is left out in silence would promise what nobody has tried.

/** A setting, which must be there. */
export function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set. Run ./test browser, which sets all of them, or see dashboards/e2e/README.md.`);
  return value;
}
