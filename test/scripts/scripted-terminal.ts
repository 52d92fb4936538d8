import type { Terminal } from '../../scripts/terminal.ts';

/** A person who answers from a list, or a pipe; everything said is kept. */
export function scriptedTerminal(of: { answers?: string[]; piped?: string } = {}) {
  const said: string[] = [];
  const answers = [...(of.answers ?? [])];
  const terminal: Terminal = {
    say: (line) => void said.push(line),
    complain: (line) => void said.push(`! ${line}`),
    interactive: of.answers !== undefined,
    askHidden: async (question) => {
      said.push(`? ${question}`);
      return answers.shift() ?? '';
    },
    piped: async () => of.piped ?? '',
  };
  return { terminal, said, all: () => said.join('\n') };
}
