import { usage } from './command-line.ts';

/** Options by which somebody says what to read; at most one of them. */
export const SOURCE_OPTIONS = {
  endpoint: { type: 'string' },
  world: { type: 'boolean' },
  aws: { type: 'boolean' },
} as const;
export type SourceChoice = {
  endpoint?: string | undefined;
  /** The running embedded world. */
  world?: boolean | undefined;
  /** What the AWS variables name. */
  aws?: boolean | undefined;
  /** An exported trail. */
  file?: string | undefined;
};
export const SOURCE_HELP = `  --endpoint URL     what answers there, e.g. "urls.aws" of the embedded world
  --world            the running embedded world
  --aws              AWS: AUDIT_TABLE, INCIDENTS_TABLE, APPROVAL_KEY_ID, PUBLICATION_KEY_ID

Without one of these it reads AWS_ENDPOINT_URL, the running embedded world or AWS, and says on stderr
which. Two of them at once are an error: another trail would be read than the one that was meant.
`;

/** The source that somebody named, from the command line's values. @throws {UsageError} for two */
export function sourceChoice(values: SourceChoice): SourceChoice {
  const { endpoint, world, aws, file } = values;
  const named = Object.entries({ endpoint, world, aws, file }).filter(([, value]) => value);
  if (named.length > 1) {
    const both = named.map(([name]) => `--${name}`).join(' and ');
    throw usage('choose what to read', 'one source', both);
  }
  return Object.fromEntries(named);
}
