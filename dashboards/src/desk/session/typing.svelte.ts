// Whether the reader is typing into what is open: told to those who have the same case open.

/** After the last letter it counts as typing for this long, in milliseconds. */
const LASTS = 4_000;

const state = $state({ typing: false });
let timer: ReturnType<typeof setTimeout> | undefined;

export function typing(): boolean {
  return state.typing;
}

addEventListener('input', ({ target }) => {
  if (!(target instanceof Element) || !target.closest('.case, .case-form')) return;
  state.typing = true;
  clearTimeout(timer);
  timer = setTimeout(() => (state.typing = false), LASTS);
});
