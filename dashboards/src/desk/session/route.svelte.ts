// Where the reader is, kept in the part of the address after `#`, so that back and forward work
// and nothing of a case but its id stands in the address.
export type Route = { at: 'queue' | 'map' | 'watch' } | { at: 'case'; id: string };

function parse(hash: string): Route {
  const [at, id] = hash.replace(/^#\/?/, '').split('/');
  if (at === 'case' && id) return { at: 'case', id };
  return { at: at === 'map' || at === 'watch' ? at : 'queue' };
}

const here = $state<{ route: Route }>({ route: parse(location.hash) });
addEventListener('hashchange', () => (here.route = parse(location.hash)));

export function route(): Route {
  return here.route;
}

export const caseLink = (id: string) => `#/case/${id}`;

export function go(to: string): void {
  location.hash = to;
}
