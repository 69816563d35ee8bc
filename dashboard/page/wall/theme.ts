/** Dark or light: what was chosen, else what the machine says. */

const KEY = 'dozor-theme';
const machine = window.matchMedia('(prefers-color-scheme: dark)');

/** Applies what was chosen; tells whether it is dark now and whenever that changes. Returns how to turn it. */
export function themed(told: (isDark: boolean) => void): () => void {
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search).get('theme') ?? read();
  if (asked === 'dark' || asked === 'light') root.dataset['theme'] = asked;
  const isDark = () => (root.dataset['theme'] ?? (machine.matches ? 'dark' : 'light')) === 'dark';
  machine.addEventListener('change', () => told(isDark()));
  told(isDark());
  return () => {
    const next = isDark() ? 'light' : 'dark';
    root.dataset['theme'] = next;
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // It holds until the next load.
    }
    told(isDark());
  };
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
