import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/audit-event.ts';
import type { IncidentState } from '../../src/domain/incident-state.ts';
import { unknownOutcomeNotice } from '../../src/services/unknown-outcome-notices.ts';
import { told } from '../text-of.ts';

const PUBLIC = 'https://status.example.com';

function notice(
  of: object,
  given: { ic?: string | null; notify?: boolean; path?: string; basedOn?: string | null } = {},
  type = 'STATUSPAGE_PUBLISH_UNCONFIRMED',
) {
  const {
    ic = 'U0DEE',
    notify = false,
    path = '/pages/page0001/incidents',
    basedOn = null,
  } = given;
  const state = {
    ic,
    drafts: [
      {
        draftId: 'drf-a',
        basedOn,
        request: { path, body: { incident: { deliver_notifications: notify } } },
      },
    ],
    page: { lastPublication: basedOn ? { link: 'https://stspg.io/abc' } : null },
  } as unknown as IncidentState;
  const event = { type, details: { draftId: 'drf-a', looks: 0, ...of } } as unknown as AuditEvent;
  return told(unknownOutcomeNotice(event, state, PUBLIC));
}
const pending = { nextLookAt: '2026-11-20T09:00:18.000Z', lookUntil: '2026-11-20T09:01:18.000Z' };

describe('when nobody knows', () => {
  it('says so, until when we look, and that a person decides if customers are notified', () => {
    expect(notice({ ...pending, ifAbsent: 'ask' }, { notify: true })).toEqual({
      kind: 'line',
      text:
        '@U0DEE: the status page did not confirm the publication, and it may or may not be live. ' +
        'We look ourselves until 09:01:18 UTC. Nothing is sent again unless you decide: if it is ' +
        'not there by then, you are asked. If you know more, use “Adopt” or “Declare absent” on ' +
        'the card at any time.',
      link: { title: 'The public page', url: PUBLIC },
      otherLink: {
        title: 'Manage it at Statuspage',
        url: 'https://manage.statuspage.io/pages/page0001/incidents',
      },
    });
  });

  it.each([
    [false, 'then once more, because it notifies nobody.'],
    [true, 'then once more, because this deployment’s rule says so.'],
  ])('notify %s: names the rule by which it is sent again', (notify, words) => {
    expect(notice({ ...pending, ifAbsent: 'send_again' }, { notify })?.text).toContain(
      `Nothing is sent again unless it is not there by then; ${words}`,
    );
  });

  it('without an incident commander it is said to everybody', () => {
    expect(notice(pending, { ic: null })?.text).toMatch(/^The status page did not confirm/);
  });

  it('of an update leads to that very incident on both pages', () => {
    const path = '/pages/page0001/incidents/abc';
    expect(notice(pending, { path, basedOn: 'pub-a' })).toMatchObject({
      link: { url: 'https://stspg.io/abc' },
      otherLink: { url: 'https://manage.statuspage.io/pages/page0001/incidents/abc' },
    });
  });

  it('as recorded before there were looks, the person decides at once', () => {
    expect(notice({})?.text).toContain('Nothing is sent again until you decide.');
  });
});

it.each([{ looks: 1 }, { looks: 0, unasked: 1 }])('says nothing at %j in between', (look) => {
  expect(notice({ ...pending, ...look })).toBeUndefined();
});

describe('when it is left to a person', () => {
  it.each([
    [{ looks: 3 }, 'was asked, 3 times, and does not show the publication.'],
    [{ looks: 1 }, 'was asked, once, and does not show the publication.'],
    [
      { looks: 2, unasked: 6 },
      'could not be asked, 6 times in a row, whether it shows the publication.',
    ],
  ])('%j: says why, with both links', (look, words) => {
    const said = notice({ ...look, nextLookAt: null });
    expect(said?.text).toContain(`@U0DEE: the status page ${words}`);
    expect(said?.text).toContain('Nothing is sent again until you decide.');
    expect(said).toMatchObject({ link: { url: PUBLIC }, otherLink: {} });
  });
});

describe('not executed', () => {
  const type = 'STATUSPAGE_PUBLISH_NOT_EXECUTED';

  it('after looks: says that it is sent once more, and by which rule', () => {
    expect(notice({ absentLooks: 3 }, {}, type)?.text).toBe(
      'The publication is not on the status page after 3 looks. It is sent once more now, because ' +
        'it notifies nobody. Every check is made again first.',
    );
  });

  it('by the page’s own word needs nobody’s attention', () => {
    expect(notice({}, {}, type)).toBeUndefined();
  });
});

it('says nothing of any other event', () => {
  expect(notice({}, {}, 'STATUSPAGE_PUBLISHED')).toBeUndefined();
});
