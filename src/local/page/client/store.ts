import type { Confirm, Settings, World } from './model.ts';

export type Pane = 'slack' | 'page' | 'trail';
export type Theme = 'light' | 'dark' | 'system';
export type NoticeAction = { label: string; run: () => void };
export type Notice = { id: number; tone: 'good' | 'bad'; text: string; actions: NoticeAction[] };

/** What is on screen and is nobody's business but this browser's. */
export type Ui = {
  connected: boolean;
  actingId: string;
  channelId: string;
  /** The pane that a narrow screen shows. */
  pane: Pane;
  theme: Theme;
  /** Whether single letters work as shortcuts. */
  keys: boolean;
  notice: Notice | undefined;
  confirm: { confirm: Confirm; run: () => void } | undefined;
  /** An uploaded file that is being read. */
  file: { title: string; text: string } | undefined;
  help: boolean;
  /** An alert was fired here: the next new room with this in its name comes to the front. */
  followNewRoom: string | undefined;
  /** What the composer should hold and focus, set by a button elsewhere. */
  composer: { text: string; serial: number };
  /** Newest message seen, by channel. */
  seen: Record<string, string>;
  /** The chain chosen by hand; empty: that of the room shown. */
  chainId: string;
};

export type State = { settings: Settings; world: World; ui: Ui };

const remembered = (key: string, fallback: string) => {
  try {
    return sessionStorage.getItem(key) ?? fallback;
  } catch {
    // Storage may be off; then nothing is remembered.
    return fallback;
  }
};

let state: State = {
  settings: { command: '/incident-response', samples: [] },
  world: {
    people: [],
    channels: {},
    ephemerals: [],
    views: {},
    page: undefined,
    mailed: [],
    chains: {},
    functions: {},
    clockOffsetMs: 0,
  },
  ui: {
    connected: false,
    actingId: remembered('acting', ''),
    channelId: '',
    pane: 'slack',
    theme: remembered('theme', 'system') as Theme,
    keys: remembered('keys', 'on') === 'on',
    notice: undefined,
    confirm: undefined,
    file: undefined,
    help: false,
    followNewRoom: undefined,
    composer: { text: '', serial: 0 },
    seen: {},
    chainId: '',
  },
};

let listener: () => void = () => {};
let isScheduled = false;

export function getState(): State {
  return state;
}

/** Calls `render` after each change, once for changes made together. */
export function onChange(render: () => void): void {
  listener = render;
}

export function setWorld(change: Partial<World>): void {
  state = { ...state, world: { ...state.world, ...change } };
  schedule();
}

export function setSettings(settings: Settings): void {
  state = { ...state, settings };
  schedule();
}

export function setUi(change: Partial<Ui>): void {
  state = { ...state, ui: { ...state.ui, ...change } };
  remember('acting', state.ui.actingId);
  remember('theme', state.ui.theme);
  remember('keys', state.ui.keys ? 'on' : 'off');
  schedule();
}

function remember(key: string, value: string): void {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // As above.
  }
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  queueMicrotask(() => {
    isScheduled = false;
    listener();
  });
}
