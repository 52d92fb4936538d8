import { foldedJws } from './compact-jws.ts';
import { quoted, visibleText, wrapped } from './literal-lines.ts';
import { COMPONENT_STATE_WORDS, PAGE_IMPACT_WORDS, PAGE_STATUS_WORDS } from './page-words.ts';
import type { Receipt } from './receipt.ts';

/** First and last line of the signed part of a receipt's file. */
export const RECEIPT_BEGIN = '-----BEGIN RECEIPT-----';
export const RECEIPT_END = '-----END RECEIPT-----';

/** Widest line. Unit: columns. */
const WIDTH = 100;
const INDENT = '  ';
/** Where values begin. Unit: columns. */
const VALUES_AT = 20;

const ACTION_WORDS = {
  create: 'opened an incident on the page',
  update: 'added an update to the incident on the page',
  resolve: 'resolved the incident on the page',
} as const;

/**
 * The whole file: the receipt in words, then the JWS it was rendered from. Every byte follows from
 * the JWS, so that a file is genuine exactly when it is this.
 */
export function receiptFile(receipt: Receipt, jws: string): string {
  const lines = [...receiptLines(receipt), '', RECEIPT_BEGIN, ...foldedJws(jws), RECEIPT_END];
  return `${lines.join('\n')}\n`;
}

function receiptLines(receipt: Receipt): string[] {
  return [
    'RECEIPT OF A PUBLICATION ON THE STATUS PAGE',
    ...(isBreakGlass(receipt) ? ['', '!! BREAK GLASS: one person approved this alone !!'] : []),
    ...section('What customers read', textLines(receipt)),
    ...section('Who wrote it', authorLines(receipt)),
    ...section('Who approved it', receipt.approvals.flatMap(approvalLines)),
    ...section('When and where it was published', publicationLines(receipt)),
    ...section('Where the audit trail says so', chainLines(receipt)),
    ...section('How to verify this file', verifyLines()),
  ];
}

function textLines({ request, action }: Receipt): string[] {
  const { incident } = request.body;
  const components = Object.entries(incident.components).map(
    ([id, state]) => `${id} to “${COMPONENT_STATE_WORDS[state]}”`,
  );
  return [
    ...field('What it did', ACTION_WORDS[action]),
    ...field('Title', incident.name),
    ...field('Public status', PAGE_STATUS_WORDS[incident.status]),
    ...field('Impact', PAGE_IMPACT_WORDS[incident.impact_override]),
    ...field('Subscribers', incident.deliver_notifications ? 'notified' : 'not notified'),
    ...field('Components', components.join(', ') || 'none'),
    ...field('Text', 'character by character; “:” goes on with the line above'),
    ...quoted(incident.body, WIDTH - INDENT.length).map((line) => INDENT + line),
  ];
}

function authorLines({ drafted, draftId, revision }: Receipt): string[] {
  return [
    ...field('Draft', `${draftId}, revision ${revision}`),
    ...field('Written', drafted.at),
    ...field('People', drafted.authors.join(', ') || 'none'),
    ...field('AI', aiWords(drafted)),
  ];
}

function aiWords({ ai, origin, editedAfterAi }: Receipt['drafted']): string {
  if (!ai) return origin === 'template' ? 'none: the words are the template’s' : 'none';
  const model = `model ${ai.modelId}, prompt ${ai.promptVersion}`;
  return editedAfterAi
    ? `${model}, proposed revision ${ai.revision}; people edited it since`
    : `${model}, proposed these words; a person sent them in unchanged`;
}

function approvalLines(approval: Receipt['approvals'][number], index: number): string[] {
  const { breakGlass, roles, policyIds } = approval;
  const place = breakGlass?.place;
  return [
    ...(index === 0 ? [] : ['']),
    ...field('Approver', `${approval.approver}, as ${roles.join(', ') || 'no role'}`),
    ...(breakGlass ? field('BREAK GLASS', breakGlass.reason || 'no reason is on record') : []),
    ...(place ? field('', `said in event ${place.seq}, hash ${place.hash}`) : []),
    ...field('Approved', `${approval.at}, valid until ${approval.expiresAt}`),
    ...field('Rule', approval.rule ?? 'see the policies'),
    ...field('Policies', `${policyIds.join(', ') || 'none'}, for severity ${approval.severity}`),
    ...field('Policy digest', approval.policyDigest),
    ...field('On the trail', `event ${approval.seq}, hash ${approval.hash}`),
  ];
}

function publicationLines(receipt: Receipt): string[] {
  const { request } = receipt;
  return [
    ...field('Publication', `${receipt.publicationId}, attempt ${receipt.attempt}`),
    ...field('Started', receipt.startedAt),
    ...field('On record', receipt.publishedAt),
    ...field('Request', `${request.method} ${request.path}`),
    ...field('Follows', receipt.basedOn ?? 'nothing: the first of this incident'),
    ...field('On the page as', receipt.statuspageIncidentId),
    ...field('Link', receipt.link),
    ...field(
      'Confirmed',
      receipt.adopted
        ? 'found on the page after an unknown outcome'
        : 'by the answer of the page itself',
    ),
    ...field('Deployment', `${receipt.deployment}, page ${receipt.pageId}`),
  ];
}

function chainLines({ chain, ...receipt }: Receipt): string[] {
  const { revision, started, published } = chain;
  return [
    ...field('Incident', receipt.incidentId),
    ...field('Draft', `event ${revision.seq}, hash ${revision.hash}`),
    ...field('Started', `event ${started.seq}, hash ${started.hash}`),
    ...field('Published', `event ${published.seq}, after hash ${published.prevHash}`),
    ...field('Approved digest', receipt.digest),
    ...field('Digest of page', receipt.pageDigest),
  ];
}

/** What is needed, in the receipt itself: it may outlive the room it was posted in. */
function verifyLines(): string[] {
  return [
    'Needs this file and the publication public key (PEM), and nothing else: no account, no network.',
    '  npm run receipt -- verify FILE --key KEY.pem',
    'Any one changed, added or removed byte makes it fail. docs/receipts.md verifies it without this',
    'project’s code.',
  ].map((line) => INDENT + line);
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, '-'.repeat(title.length), ...lines];
}

/** A name and a value of any origin; whatever the value holds, no line of it begins at the margin. */
function field(name: string, value: string): string[] {
  const margin = ' '.repeat(VALUES_AT);
  const pieces = wrapped(visibleText(value), WIDTH - VALUES_AT);
  return pieces.map((piece, i) =>
    ((i === 0 ? `${INDENT}${name}`.padEnd(VALUES_AT) : margin) + piece).trimEnd(),
  );
}

/** True when anybody approved it alone. */
export function isBreakGlass(receipt: Pick<Receipt, 'approvals'>): boolean {
  return receipt.approvals.some((each) => each.breakGlass !== null);
}
