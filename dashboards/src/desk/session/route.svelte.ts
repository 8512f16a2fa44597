// Where the reader is, kept in the part of the address after `#`, so that back and forward work
// and nothing of a case but its id stands in the address.
export type Route = { at: 'queue' | 'map' | 'watch' } | { at: 'case'; id: string };

function parse(hash: string): Route {
  const [at, id] = hash.replace(/^#\/?/, '').split('/');
  if (at === 'case' && id) return { at: 'case', id };
  return { at: at === 'map' || at === 'watch' ? at : 'queue' };
}

const here = $state<{ route: Route }>({ route: parse(location.hash) });

function follow(hash: string): void {
  const [next, now] = [parse(hash), here.route];
  if (next.at === now.at && (next.at === 'case' ? next.id : '') === (now.at === 'case' ? now.id : '')) return;
  here.route = next;
}

addEventListener('hashchange', () => follow(location.hash));
// The browser tells of a new address a picture later. By then the case is already asked for.
addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#/"]') : null;
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (link && event.button === 0 && !elsewhere && !event.defaultPrevented) {
    follow(link.getAttribute('href') ?? '');
  }
});

export function route(): Route {
  return here.route;
}

export const caseLink = (id: string) => `#/case/${id}`;

export function go(to: string): void {
  location.hash = to;
  follow(to);
}
