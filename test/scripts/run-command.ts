/** What a command of `scripts/` came to. */
export type Ran = { exitCode: number; out: string; err: string };
type Said = { out(text: string): void; err(text: string): void };

/** Runs a command, and keeps what it writes where a terminal would show it. */
export async function runCommand<Deps extends Said>(
  command: (args: string[], deps: Deps) => Promise<number>,
  args: string[],
  around: Omit<Deps, keyof Said>,
): Promise<Ran> {
  const ran: Ran = { exitCode: -1, out: '', err: '' };
  const said: Said = {
    out: (text) => {
      ran.out += text;
    },
    err: (text) => {
      ran.err += text;
    },
  };
  ran.exitCode = await command(args, { ...around, ...said } as unknown as Deps);
  return ran;
}
