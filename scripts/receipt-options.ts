import { readArgs, usage } from './command-line.ts';
import { SOURCE_OPTIONS, type SourceChoice, sourceChoice } from './source-options.ts';

export const RECEIPT_HELP = `Verifies, exports and helps to verify receipts of publications.

usage: npm run receipt -- <command> [options]

  verify FILE --key FILE    is this file exactly what the publisher signed? Needs no account and
                            no network. Also --approval-key FILE: were the approvals signed by theirs?
  export                    writes the receipts on the trail as files; all, or of
                            --publication ID or --incident ID; into --out DIR (default: here)
  key                       prints the publication public key (PEM), or writes it to --out FILE;
                            --approval: the approval public key instead

  --endpoint URL, --world, --aws   for export and key: what to read, as for npm run audit

Take the public key from the deployment once and keep it where its operators cannot change it.
Exit codes: 0 done, for verify also valid; 1 not valid, or nothing found; 2 usage; 3 could not be
read.
`;

/** What the command line asks for. */
export type ReceiptOptions =
  | { command: 'help' }
  | { command: 'verify'; file: string; key: string; approvalKey: string | undefined }
  | {
      command: 'export';
      publicationId: string | undefined;
      incidentId: string | undefined;
      out: string;
      source: SourceChoice;
    }
  | {
      command: 'key';
      of: 'approval' | 'publication';
      out: string | undefined;
      source: SourceChoice;
    };

const SOURCES = Object.keys(SOURCE_OPTIONS);
/** Options each command takes. */
const TAKES: Record<string, readonly string[]> = {
  verify: ['key', 'approval-key'],
  export: ['publication', 'incident', 'out', ...SOURCES],
  key: ['approval', 'out', ...SOURCES],
};

/** Reads the command line. @throws {UsageError} saying what was expected */
export function parseReceiptOptions(args: string[]): ReceiptOptions {
  const { values, positionals } = parsed(args);
  if (values.help) return { command: 'help' };
  const [command, file, ...rest] = positionals;
  const takes = TAKES[command ?? ''];
  if (!takes) throw usage('run receipt', 'verify, export or key', command);
  const stray = Object.keys(values).find((name) => !takes.includes(name));
  if (stray) throw usage(`use --${stray}`, `with ${command}: ${takes.join(', ')}`, 'it');
  const excess = command === 'verify' ? rest[0] : file;
  if (excess !== undefined) throw usage(String(command), 'no further words', excess);
  const { key, out } = values;
  if (command === 'verify') {
    if (!file) throw usage('verify', 'a receipt’s file');
    if (!key) throw usage('verify', '--key with the publication public key (PEM)');
    return { command, file, key, approvalKey: values['approval-key'] };
  }
  if (command === 'key') {
    return {
      command,
      of: values.approval ? 'approval' : 'publication',
      out,
      source: sourceChoice(values),
    };
  }
  const { publication, incident } = values;
  if (publication !== undefined && !/^pub-[0-9a-f]{20}$/.test(publication)) {
    throw usage('export', 'an id such as pub-0123456789abcdef0123', publication);
  }
  if (incident !== undefined && !/^inc-[a-z2-7]{16}$/.test(incident)) {
    throw usage('export', 'an id such as inc-abcdefgh234567ab', incident);
  }
  return {
    command: 'export',
    publicationId: publication,
    incidentId: incident,
    out: out ?? '.',
    source: sourceChoice(values),
  };
}

function parsed(args: string[]) {
  return readArgs(args, {
    key: { type: 'string' },
    'approval-key': { type: 'string' },
    publication: { type: 'string' },
    incident: { type: 'string' },
    out: { type: 'string' },
    approval: { type: 'boolean' },
    ...SOURCE_OPTIONS,
    help: { type: 'boolean' },
  });
}
