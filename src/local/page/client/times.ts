const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** `09:27` in the reader's zone. */
export function clockTime(ms: number): string {
  return CLOCK.format(ms);
}

/** `09:27:12` in the reader's zone. */
export function exactTime(ms: number): string {
  return SECONDS.format(ms);
}

/** `14 Mar, 09:27` in the reader's zone. */
export function dayTime(ms: number): string {
  return `${DAY.format(ms)}, ${CLOCK.format(ms)}`;
}

/** Epoch ms of a Slack `ts`. */
export function tsMs(ts: string): number {
  return Number(ts) * 1000;
}

/** Slack's `<!date^…>` tokens that we use; an unknown token stays as it is. */
export function slackDate(epochS: number, format: string): string {
  const ms = epochS * 1000;
  const tokens: Record<string, string> = {
    date: DAY.format(ms),
    date_num: new Date(ms).toISOString().slice(0, 10),
    date_pretty: DAY.format(ms),
    date_short: DAY.format(ms),
    date_short_pretty: DAY.format(ms),
    date_long: DAY.format(ms),
    date_long_pretty: DAY.format(ms),
    time: clockTime(ms),
    time_secs: exactTime(ms),
    ago: clockTime(ms),
  };
  return format.replace(/\{(\w+)\}/g, (all, name: string) => tokens[name] ?? all);
}
