import { beforeEach, describe, expect, it } from 'vitest';
import { contentOf } from '../../src/domain/draft.ts';
import { ChatError, DeliveryError } from '../../src/domain/errors.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { textOf } from '../../src/domain/sentence.ts';
import {
  type AcceptSlackRequestDeps,
  type ArrivedRequest,
  acceptSlackRequest,
} from '../../src/services/accept-slack-request.ts';
import type { Form } from '../../src/services/forms.ts';
import type { IncidentMessage } from '../../src/services/ports.ts';
import { exampleDraft, exampleIncident } from '../adapters/slack/incident-example.ts';
import { told as toldOf } from '../text-of.ts';

const SIGNED = { headers: { 'x-slack-signature': 'v0=00' }, body: 'payload=1' };
const WHO = {
  requestSha256: 'ab'.repeat(32),
  signedAtS: 1_773_400_000,
  userId: 'U04MAYAITO1',
  channelId: 'C0ROOM1',
  responseUrl: null,
  triggerId: 't1',
} as const;
const command = (text: string, more: object = {}): ArrivedRequest => ({
  ...WHO,
  kind: 'command',
  text,
  ...more,
});
const click = (
  actionId: string,
  value: object | string = {},
  more: object = {},
): ArrivedRequest => ({
  ...WHO,
  kind: 'click',
  actionId,
  value: typeof value === 'string' ? value : JSON.stringify(value),
  messageTs: '1.1',
  ...more,
});
const DRAFT = exampleDraft();
const { draftId, revision, digest } = DRAFT;
const REFERENCE = { incidentId: 'inc-aaaaaaaaaaaaaaaa', draftId, revision, digest };

let sent: { message: IncidentMessage; as: { group: string; deduplicationId: string } }[];
let opened: { triggerId: string; form: Form }[];
let told: { channelId: string; userId: string; text: string; link?: string | undefined }[];
let counted: string[];
let incident: IncidentState | undefined;
let queueFails: boolean;
let openFails: boolean;
let deps: AcceptSlackRequestDeps;

beforeEach(() => {
  sent = [];
  opened = [];
  told = [];
  counted = [];
  incident = exampleIncident({ drafts: [DRAFT] });
  queueFails = false;
  openFails = false;
  deps = {
    queue: {
      send: async (message, as) => {
        if (queueFails) {
          throw new DeliveryError({ code: 'QUEUE_UNAVAILABLE', message: 'x', retryable: true });
        }
        sent.push({ message, as });
      },
    },
    rows: {
      incidentOfChannel: async (id) => (id === 'C0ROOM1' ? 'inc-aaaaaaaaaaaaaaaa' : undefined),
      readState: async () => incident && { state: incident, actedSeq: 0, unfinishedToken: null },
      readStep: async () => ({ done: true, result: { ts: '17.5' } }),
    },
    forms: {
      open: async (triggerId, form) => {
        if (openFails) {
          throw new ChatError({ code: 'CHAT_REFUSED', message: 'x', retryable: false });
        }
        opened.push({ triggerId, form });
        return 'V1';
      },
      tell: async (channelId, userId, { text, link }) => {
        told.push({ channelId, userId, text: textOf(text), link: link?.url });
      },
      permalink: async (channelId, ts) => `https://x.slack.com/${channelId}/${ts}`,
    },
    routing: {
      services: [
        {
          name: 'checkout-api',
          match: { labels: {}, integrationIds: [], teams: [] },
          responders: [],
          components: ['c1'],
        },
      ],
      components: [
        { id: 'c1', name: 'Checkout' },
        { id: 'c2', name: 'Search' },
      ],
    },
    ai: 'on',
    rootCommand: '/ir',
    log: {
      note: () => {},
      warn: () => {},
      error: () => {},
      count: (metric, labels) => counted.push(`${metric} ${labels?.code}`),
    },
  };
});
const accept = (request: ArrivedRequest) => acceptSlackRequest(deps, request, SIGNED);

describe('acceptSlackRequest()', () => {
  it('enqueues the signed request as received, by channel, under the hash of its body', async () => {
    expect(await accept(command('status'))).toEqual({ kind: 'taken' });
    expect(sent).toEqual([
      { message: SIGNED, as: { group: 'channel#C0ROOM1', deduplicationId: 'ab'.repeat(32) } },
    ]);
    expect(opened).toEqual([]);
  });

  it('groups what has no channel by its person', async () => {
    await accept(command('help', { channelId: null }));
    expect(sent[0]?.as.group).toBe('channel#U04MAYAITO1');
  });

  it('drops clicks that are not ours, such as those on links', async () => {
    expect(await accept(click('somebody_elses'))).toEqual({ kind: 'taken' });
    expect(sent).toEqual([]);
  });

  it.each([
    ['update', 'update'],
    ['note', 'note'],
    ['resolve', 'resolve'],
    ['declare', 'declare'],
    ['draft', 'draft'],
    ['draft monitoring', 'draft'],
  ])('opens the form of “%s” and enqueues it too', async (text, kind) => {
    expect(await accept(command(text))).toEqual({ kind: 'taken' });
    expect(opened).toMatchObject([{ triggerId: 't1', form: { kind } }]);
    expect(sent).toHaveLength(1);
  });

  it.each([
    'update rolled back',
    'note x',
    'resolve done',
    'declare Down',
    'draft we look',
    'list',
  ])('opens nothing for “%s”', async (text) => {
    await accept(command(text));
    expect(opened).toEqual([]);
    expect(sent).toHaveLength(1);
  });

  it('opens the draft form with the template, and lets the model fill it', async () => {
    await accept(command('draft identified'));
    expect(opened[0]?.form).toEqual({
      kind: 'draft',
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
      channelId: 'C0ROOM1',
      editing: null,
      components: deps.routing.components,
      fields: {
        title: 'Problems with Checkout',
        text:
          'We have found the cause of the problems with Checkout and are working on a fix. Some ' +
          'customers may still see errors or slow responses. We will post another update when ' +
          'the fix is in place.',
        status: 'identified',
        impact: 'critical',
        notify: true,
        components: { c1: 'major_outage' },
      },
      proposal: { kind: 'waiting' },
    });
    expect(sent[0]?.message).toEqual({ ...SIGNED, viewId: 'V1' });
  });

  it('with AI off says that the template is one, and asks for no proposal', async () => {
    deps.ai = 'off';
    await accept(command('draft'));
    expect(opened[0]?.form).toMatchObject({
      proposal: { kind: 'template', reason: 'This is the template. AI is off.' },
    });
    expect(sent[0]?.message).toEqual(SIGNED);
  });

  it('fills the form with nothing better than another open incident said', async () => {
    const claim = { incidentId: 'inc-b', componentId: 'c1', state: 'partial_outage', title: 'B' };
    deps.rows.readStep = async (_incidentId, seq, name) =>
      seq === 0 && name === 'claims_of_others'
        ? { done: true, result: { claims: JSON.stringify([claim]) } }
        : undefined;
    await accept(command('draft monitoring'));
    expect(opened[0]?.form).toMatchObject({ fields: { components: { c1: 'partial_outage' } } });
  });

  it.each([
    [300, 'taken'],
    [301, 'corrected'],
  ])('a reason to show a component better, of %i characters: %s', async (length, kind) => {
    const fields = { ...contentOf(DRAFT.request), components: {} };
    const form = { kind: 'submit', form: 'draft', fields, editing: null, usedProposal: null };
    const reason = { incidentId: 'inc-aaaaaaaaaaaaaaaa', overrideReason: 'x'.repeat(length) };
    expect(await accept({ ...WHO, ...form, ...reason } as ArrivedRequest)).toMatchObject({
      kind,
      ...(kind === 'taken' ? {} : { errors: { override_reason: expect.any(String) } }),
    });
  });

  it('a click on “Draft status page” waits for no proposal', async () => {
    await accept(click('statuspage_draft', { incidentId: 'inc-aaaaaaaaaaaaaaaa' }));
    expect(opened[0]?.form).toMatchObject({ kind: 'draft', proposal: { kind: 'template' } });
    expect(sent[0]?.message).toEqual(SIGNED);
  });

  it.each([
    ['incident_update', 'update'],
    ['incident_resolve', 'resolve'],
  ])('%s opens its form', async (actionId, kind) => {
    await accept(click(actionId, { incidentId: 'inc-aaaaaaaaaaaaaaaa' }));
    expect(opened).toMatchObject([{ form: { kind } }]);
  });

  it('a menu button opens the form of its command', async () => {
    await accept(click('menu_command', 'note'));
    expect(opened).toMatchObject([{ form: { kind: 'note' } }]);
  });

  it('statuspage_edit opens the very draft that the card shows', async () => {
    await accept(click('statuspage_edit', REFERENCE));
    expect(opened[0]?.form).toMatchObject({
      kind: 'draft',
      fields: { title: 'Checkout is slow', text: 'We are investigating slow checkouts.' },
      editing: { draftId, revision, digest },
      proposal: { kind: 'none' },
    });
  });

  it('statuspage_reject asks for the reason', async () => {
    await accept(click('statuspage_reject', REFERENCE));
    expect(opened[0]?.form).toMatchObject({ kind: 'reject', draft: { draftId, revision, digest } });
    expect(opened[0]?.form).not.toHaveProperty('revokes');
  });

  it('statuspage_reject says that it revokes what was approved', async () => {
    const [draft] = incident!.drafts;
    incident = { ...incident!, drafts: [{ ...draft!, status: 'approved' }] };
    await accept(click('statuspage_reject', REFERENCE));
    expect(opened[0]?.form).toMatchObject({ kind: 'reject', revokes: true });
  });

  it('statuspage_break_glass says what follows and asks for the reason', async () => {
    await accept(click('statuspage_break_glass', REFERENCE));
    expect(opened[0]?.form).toEqual({
      kind: 'break_glass',
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
      channelId: 'C0ROOM1',
      draft: { draftId, revision, digest },
      title: 'Checkout is slow',
      notify: true,
    });
  });

  it.each([
    ['P1.open.o', { seen: 'P1.open.o' }],
    ['x'.repeat(101), {}],
    [7, {}],
  ])('statuspage_break_glass keeps what the card showed: %s', async (seen, kept) => {
    await accept(click('statuspage_break_glass', { ...REFERENCE, seen }));
    expect(opened[0]?.form).toMatchObject({ draft: { draftId, revision, digest, ...kept } });
  });

  it('a reason of 19 characters is corrected at its field, and nothing is sent', async () => {
    const form = {
      ...WHO,
      kind: 'submit',
      form: 'break_glass',
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
    };
    const draft = { draftId, revision, digest };
    const given = { ...form, draft, reason: 'x'.repeat(19) } as ArrivedRequest;
    expect(await accept(given)).toEqual({
      kind: 'corrected',
      errors: {
        reason: 'Say in at least 20 characters why nobody else can approve this now; these are 19.',
      },
    });
    expect(sent).toEqual([]);
    expect(await accept({ ...given, reason: 'x'.repeat(20) } as ArrivedRequest)).toEqual({
      kind: 'taken',
    });
    expect(sent).toHaveLength(1);
  });

  it('an approved draft has no glass to break any more', async () => {
    incident = exampleIncident({ drafts: [exampleDraft({ status: 'approved' })] });
    await accept(click('statuspage_break_glass', REFERENCE));
    expect(opened).toEqual([]);
    expect(told).toHaveLength(1);
  });

  it('statuspage_draft_again starts a new draft from a failed one', async () => {
    incident = exampleIncident({ drafts: [exampleDraft({ status: 'publication_failed' })] });
    await accept(click('statuspage_draft_again', REFERENCE));
    expect(opened[0]?.form).toMatchObject({ kind: 'draft', editing: null });
  });

  it.each([
    ['statuspage_edit', { ...REFERENCE, revision: 2 }],
    ['statuspage_reject', { ...REFERENCE, digest: 'other' }],
    ['statuspage_break_glass', { ...REFERENCE, revision: 2 }],
    ['statuspage_draft_again', REFERENCE],
  ])('a stale %s opens nothing and leads to the newest card', async (actionId, value) => {
    expect(await accept(click(actionId, value))).toMatchObject({ kind: 'told' });
    expect(opened).toEqual([]);
    expect(told).toEqual([
      {
        channelId: 'C0ROOM1',
        userId: 'U04MAYAITO1',
        text: 'Nothing was done: this card is out of date.',
        link: 'https://x.slack.com/C0ROOM1/17.5',
      },
    ]);
    expect(sent).toHaveLength(1);
  });

  it('an edit of a decided draft is stale', async () => {
    incident = exampleIncident({ drafts: [exampleDraft({ status: 'published' })] });
    await accept(click('statuspage_edit', REFERENCE));
    expect(opened).toEqual([]);
    expect(told).toHaveLength(1);
  });

  it('a reference to a draft or incident that is not here says so without a link', async () => {
    await accept(click('statuspage_edit', { ...REFERENCE, draftId: 'drf-other' }));
    expect(told).toMatchObject([{ link: undefined }]);
  });

  it('leaves it to the worker to explain that this is no war room', async () => {
    expect(await accept(command('update', { channelId: 'C0OTHER' }))).toEqual({ kind: 'taken' });
    incident = { version: 0 } as IncidentState;
    expect(await accept(command('update'))).toEqual({ kind: 'taken' });
    expect(opened).toEqual([]);
    expect(sent).toHaveLength(2);
  });

  it('does not ask for a summary of what is resolved already', async () => {
    incident = exampleIncident({ status: 'resolved' });
    const ack = await accept(command('resolve'));
    expect(ack).toMatchObject({ kind: 'told' });
    expect(opened).toEqual([]);
  });

  it('takes a rejection whose form could not be opened, and says that it counts', async () => {
    openFails = true;
    await accept(click('statuspage_reject', REFERENCE));
    expect(sent).toMatchObject([{ message: { formFailed: true } }]);
    expect(told).toMatchObject([
      { text: expect.stringContaining('The rejection itself was taken') },
    ]);
  });

  it('tells when a form could not be opened', async () => {
    openFails = true;
    const ack = await accept(command('note'));
    expect(toldOf(ack)).toMatchObject({ kind: 'told', text: expect.stringContaining('/ir help') });
    expect(counted).toEqual(['SlackFormNotOpened CHAT_REFUSED']);
    expect(sent).toHaveLength(1);
  });

  it('opens nothing without a trigger', async () => {
    await accept(command('note', { triggerId: null }));
    expect(opened).toEqual([]);
  });
});

describe('when the queue does not take it', () => {
  beforeEach(() => {
    queueFails = true;
  });
  const NOTHING = 'Nothing was done: the request could not be stored. Please try again.';

  it('a command is told that nothing was done', async () => {
    expect(toldOf(await accept(command('note x')))).toEqual({ kind: 'told', text: NOTHING });
    expect(counted).toEqual(['SlackRequestNotStored QUEUE_UNAVAILABLE']);
  });

  it('a click is told beside it, because its answer carries no words', async () => {
    await accept(click('incident_take_ic', { incidentId: 'inc-aaaaaaaaaaaaaaaa' }));
    expect(told).toMatchObject([{ text: NOTHING }]);
  });

  it('a form stays open with the words at its first field', async () => {
    const submit: ArrivedRequest = {
      ...WHO,
      kind: 'submit',
      form: 'reject',
      incidentId: 'inc-aaaaaaaaaaaaaaaa',
      draft: { draftId, revision, digest },
      reason: 'too early',
    };
    expect(await accept(submit)).toEqual({ kind: 'corrected', errors: { reason: NOTHING } });
  });

  it('a form that did open is still good', async () => {
    expect(await accept(command('note'))).toEqual({ kind: 'taken' });
  });
});

describe('a submitted form', () => {
  const note = (text: string): ArrivedRequest => ({
    ...WHO,
    kind: 'submit',
    form: 'note',
    incidentId: 'inc-aaaaaaaaaaaaaaaa',
    text,
  });

  it('is enqueued when nothing is wrong', async () => {
    expect(await accept(note('x'))).toEqual({ kind: 'taken' });
    expect(sent).toHaveLength(1);
  });

  it('stays open with its errors, and nothing is enqueued', async () => {
    expect(await accept(note(' '))).toEqual({
      kind: 'corrected',
      errors: { text: 'Write something here.' },
    });
    expect(sent).toEqual([]);
  });
});
