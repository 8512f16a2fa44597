// Which panel lies over the desk.
export const panel = $state<{ shown: 'help' | 'call' | 'shift' | undefined }>({ shown: undefined });
