import type { Chain, Channel, World } from './model.ts';
import { getState, setSettings, setUi, setWorld } from './store.ts';

/** Starts listening to the world; reconnects by itself. */
export function startLive(): void {
  void fetch('/api/settings').then(async (response) => setSettings(await response.json()));
  const source = new EventSource('/api/changes');
  source.onopen = () => setUi({ connected: true });
  source.onerror = () => setUi({ connected: false });
  source.onmessage = ({ data }) => {
    const text = String(data);
    const end = text.indexOf('\n');
    take(JSON.parse(text.slice(0, end)) as string, JSON.parse(text.slice(end + 1)));
  };
}

/** The world's time now, epoch ms. */
export function worldNowMs(): number {
  return browserNowMs() + getState().world.clockOffsetMs;
}

/** How long something counts as just arrived, in ms. */
const FRESH_MS = 5_000;

/** A class for what has just arrived, by its time in the world; what is older does not move. */
export function freshness(atMs: number): string {
  return worldNowMs() - atMs < FRESH_MS ? 'fresh' : '';
}

function browserNowMs(): number {
  return performance.timeOrigin + performance.now();
}

function take(name: string, value: unknown): void {
  const { world } = getState();
  const [kind, id] = name.split(':');
  switch (kind) {
    case 'users':
      setWorld({ people: value as World['people'] });
      return;
    case 'channel':
      takeChannel(value as Channel);
      return;
    case 'ephemerals':
      setWorld({ ephemerals: value as World['ephemerals'] });
      return;
    case 'views':
      setWorld({ views: value as World['views'] });
      return;
    case 'page':
      setWorld({ page: value as NonNullable<World['page']> });
      return;
    case 'mailed':
      setWorld({ mailed: value as World['mailed'] });
      return;
    case 'chain':
      setWorld({ chains: { ...world.chains, [id ?? '']: value as Chain } });
      return;
    case 'functions':
      setWorld({ functions: value as World['functions'] });
      return;
    case 'clock':
      setWorld({ clockOffsetMs: (value as { nowMs: number }).nowMs - browserNowMs() });
      return;
  }
}

function takeChannel(channel: Channel): void {
  const { world, ui } = getState();
  const isNew = !world.channels[channel.id];
  setWorld({ channels: { ...world.channels, [channel.id]: channel } });
  if (!ui.channelId && !channel.direct) setUi({ channelId: channel.id });
  // Whoever fired the alert wants to see its room, without looking for it.
  const isRoom = isNew && channel.private && !channel.direct;
  if (isRoom && ui.followNewRoom && channel.name.includes(ui.followNewRoom)) {
    setUi({ channelId: channel.id, followNewRoom: undefined, chainId: '' });
  }
}
