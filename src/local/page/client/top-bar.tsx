import { useEffect, useState } from 'preact/hooks';
import { advance, fire } from './actions.ts';
import { worldNowMs } from './live.ts';
import { Menu } from './menu.tsx';
import { getState, setUi, type Theme } from './store.ts';
import { clockTime } from './times.ts';

/** Brand, the alert button, the world's clock, theme and help. */
export function TopBar() {
  return (
    <header class="top-bar">
      <h1>
        <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="9" />
          <path d="M6 17h5l3-8 4 14 3-6h5" />
        </svg>
        <span class="brand-name">Incident Response</span>
      </h1>
      <div class="top-actions">
        <FireButton />
        <WorldClock />
        <ThemeButton />
        <button
          type="button"
          class="icon-button"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          data-testid="help-button"
          onClick={() => setUi({ help: true })}
        >
          ?
        </button>
      </div>
    </header>
  );
}

function FireButton() {
  const { samples } = getState().settings;
  const first = samples[0];
  const others = samples.slice(1).map(({ id, label, title }) => ({
    id,
    label: (
      <span class="who">
        <strong>{label}</strong>
        <small>{title}</small>
      </span>
    ),
    run: () => void fire(id),
  }));
  const storm = {
    id: 'storm',
    label: (
      <span class="who">
        <strong>Alert storm</strong>
        <small>30 alerts of one service: ten rooms, then one for all the others</small>
      </span>
    ),
    run: () => void fire('storm'),
  };
  const resolve = {
    id: 'resolve-last',
    label: (
      <span class="who">
        <strong>The last alert is over</strong>
        <small>its source says it is resolved</small>
      </span>
    ),
    run: () => void fire('resolve-last'),
  };
  return (
    <div class="fire">
      <button
        type="button"
        class="button fire-button"
        data-testid="fire"
        title={first?.title}
        onClick={() => first && void fire(first.id)}
      >
        <span class="fire-dot" aria-hidden="true" />
        Fire a P1 alert
      </button>
      <Menu
        testId="fire-menu"
        class="fire-more"
        align="right"
        name="Fire another alert"
        label={<span aria-hidden="true">▾</span>}
        items={[...others, storm, resolve]}
      />
    </div>
  );
}

function WorldClock() {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  const later = (minutes: number) => ({
    id: String(minutes),
    label: (
      <span class="who">
        <strong>{minutes} minutes later</strong>
        <small>reminders and expiries fall due</small>
      </span>
    ),
    run: () => void advance(minutes),
  });
  return (
    <Menu
      testId="clock"
      class="clock"
      align="right"
      name={`World time ${clockTime(worldNowMs())}. Move it forward`}
      label={
        <>
          <span aria-hidden="true">◷</span>
          <span class="clock-time">{clockTime(worldNowMs())}</span>
          <span class="caret" aria-hidden="true">
            ▾
          </span>
        </>
      }
      items={[later(5), later(30)]}
    />
  );
}

function ThemeButton() {
  const { theme } = getState().ui;
  const isDark = theme === 'dark' || (theme === 'system' && prefersDark());
  const other: Theme = isDark ? 'light' : 'dark';
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Switch to the ${other} theme`}
      title={`Switch to the ${other} theme`}
      data-testid="theme"
      onClick={() => setUi({ theme: other })}
    >
      <span aria-hidden="true">{isDark ? '☀' : '☾'}</span>
    </button>
  );
}

function prefersDark(): boolean {
  return matchMedia('(prefers-color-scheme: dark)').matches;
}
