import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent, EventType } from '../../src/domain/audit-event.ts';
import { type Observation, publicationPromises } from './check-publication.ts';
import { MatrixWorld } from './matrix-world.ts';
import { PublicationTelling } from './publication-story.ts';

/*
 * What judges the crash matrix must be able to find something: each promise is broken on purpose in
 * a copy of what a real story left behind.
 */
let real: Observation;
let world: MatrixWorld;

beforeAll(async () => {
  world = await MatrixWorld.open({ functions: 'inline' });
  const telling = await PublicationTelling.begin(world, { name: 'publication', notify: true });
  for (const act of ['create', 'update']) {
    await telling.prepare(act);
    world.forgetCalls();
    await telling.perform();
    expect(await telling.recover()).toEqual([]);
  }
  real = await telling.observation();
}, 60_000);

afterAll(() => world.close());

/** A copy of what was observed, in which something is otherwise. */
function but(change: (copy: Observation) => void): string[] {
  const copy = structuredClone(real);
  change(copy);
  return publicationPromises(copy);
}

function the<T extends EventType>(of: Observation, type: T): Extract<AuditEvent, { type: T }> {
  return of.events.find((event) => event.type === type) as Extract<AuditEvent, { type: T }>;
}

function without(of: Observation, type: EventType): void {
  of.events = of.events.filter((event) => event.type !== type);
}

function bodyOf(of: Observation, at = 0): Record<string, unknown> {
  return (of.requests[at]!.body as { incident: Record<string, unknown> }).incident;
}

it('publicationPromises() finds nothing in a story that kept all of them', () => {
  expect(publicationPromises(real)).toEqual([]);
  expect(real.requests.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
});

describe('publicationPromises() names invariant 1', () => {
  it('when other bytes were sent than the draft has', () => {
    const broken = but((copy) => {
      bodyOf(copy).body = 'All is well.';
    });
    expect(broken).toEqual(['1: sent other bytes than the draft']);
  });

  it('when subscribers were mailed though nobody approved that', () => {
    const broken = but((copy) => {
      bodyOf(copy).deliver_notifications = false;
    });
    expect(broken).toEqual(['1: sent other bytes than the draft']);
  });

  it('when something was sent that is no draft', () => {
    const broken = but((copy) => {
      bodyOf(copy).metadata = { ir: { publication: 'pub-0' } };
    });
    expect(broken).toContain('1: sent something that is no draft');
  });

  it('when the page shows other words', () => {
    const broken = but((copy) => {
      copy.page[0]!.updates[0]!.body = 'All is well.';
    });
    expect(broken).toEqual(['1: the page shows other words than were published']);
  });

  it('when another digest was approved', () => {
    const broken = but((copy) => {
      the(copy, 'STATUSPAGE_DRAFT_APPROVED').details.digest = '0'.repeat(64);
    });
    expect(broken).toContain('1: approved another digest than was sent');
  });
});

describe('publicationPromises() names invariant 2', () => {
  it('when an attempt sent twice', () => {
    const broken = but((copy) => copy.requests.push(structuredClone(copy.requests[1]!)));
    expect(broken).toEqual(['2: an attempt sent twice']);
  });

  it('when something was sent without an attempt on record', () => {
    const broken = but((copy) => without(copy, 'STATUSPAGE_PUBLISH_STARTED'));
    expect(broken).toContain('2: sent without an attempt on record');
  });

  it('when an attempt sent at its deadline, and not 1 ms before', () => {
    const at = (ms: number) =>
      but((copy) => {
        const { deadline } = the(copy, 'STATUSPAGE_PUBLISH_STARTED').details;
        copy.requests[0]!.atMs = Date.parse(deadline) + ms;
      });
    expect(at(-1)).toEqual([]);
    expect(at(0)).toEqual(['2: sent too late']);
  });

  it('when anybody but the publisher sent', () => {
    const broken = but((copy) => {
      copy.requests[0]!.caller = 'incident-worker';
    });
    expect(broken).toEqual(['2: sent by incident-worker']);
  });

  it('when the incident is on the page twice', () => {
    const broken = but((copy) => copy.page.push({ id: 'second', updates: [] }));
    expect(broken).toEqual(['2: the incident is on the page twice']);
  });

  it('when a second attempt began though nobody knew how the first had ended', () => {
    const broken = but((copy) => {
      const second = structuredClone(the(copy, 'STATUSPAGE_PUBLISH_STARTED'));
      second.details = { ...second.details, attempt: 2, attemptId: 'second' };
      copy.events.splice(copy.events.indexOf(the(copy, 'STATUSPAGE_PUBLISHED')), 0, {
        ...second,
        seq: second.seq + 0.5,
      });
    });
    expect(broken).toContain('2: a second attempt before the first had ended');
  });

  it('when it was sent again by itself though customers may have been mailed', () => {
    const again = (notify: boolean) =>
      but((copy) => {
        const first = the(copy, 'STATUSPAGE_PUBLISH_STARTED');
        const { draftId, revision, publicationId, attemptId } = first.details;
        const ended = {
          ...structuredClone(first),
          type: 'STATUSPAGE_PUBLISH_NOT_EXECUTED',
          seq: first.seq + 0.2,
          details: {
            ...{ draftId, revision, publicationId, attemptId, attempt: 1 },
            reason: 'not found',
            retryAt: first.at,
            absentLooks: 3,
          },
        } as AuditEvent;
        const second = { ...structuredClone(first), seq: first.seq + 0.4 };
        second.details = { ...second.details, attempt: 2, attemptId: 'second' };
        copy.events.splice(copy.events.indexOf(first) + 1, 0, ended, second);
        the(copy, 'STATUSPAGE_DRAFT_CREATED').details.request.body.incident.deliver_notifications =
          notify;
      });
    const promise = '2: sent again by itself though customers may have been mailed';
    expect(again(true)).toContain(promise);
    expect(again(false)).not.toContain(promise);
  });
});

describe('publicationPromises() names invariant 3', () => {
  const unapproved = '3: published without an approval';

  it('when no approval comes before the attempt', () => {
    expect(but((copy) => without(copy, 'STATUSPAGE_DRAFT_APPROVED'))).toContain(unapproved);
  });

  it('when the approval comes after it in the chain', () => {
    const broken = but((copy) => {
      the(copy, 'STATUSPAGE_DRAFT_APPROVED').seq =
        the(copy, 'STATUSPAGE_PUBLISH_STARTED').seq + 0.5;
    });
    expect(broken).toContain(unapproved);
  });

  it('when it was not valid any more', () => {
    const broken = but((copy) => {
      the(copy, 'STATUSPAGE_DRAFT_APPROVED').details.expiresAt = the(
        copy,
        'STATUSPAGE_PUBLISH_STARTED',
      ).at;
    });
    expect(broken).toContain(unapproved);
  });

  it('when it is by somebody who may not, or by an author', () => {
    const by = (change: (copy: Observation, who: string) => void) =>
      but((copy) => change(copy, the(copy, 'STATUSPAGE_DRAFT_APPROVED').actor.id));
    const outsider = by((copy, who) => {
      copy.approvers = copy.approvers.filter((one) => one !== who);
    });
    const author = by((copy, who) => {
      the(copy, 'STATUSPAGE_DRAFT_CREATED').details.authors.push(who);
    });
    expect([outsider, author].map((broken) => broken.includes(unapproved))).toEqual([true, true]);
  });
});

describe('publicationPromises() names invariant 4', () => {
  it('when nobody knows how a publication ended', () => {
    const broken = but((copy) => without(copy, 'STATUSPAGE_PUBLISHED'));
    expect(broken).toContain('4: a publication hangs: under_way');
    expect(broken).toContain('4: the newest draft did not end on the page');
  });

  it('when effects or the projection are behind the trail, by one event', () => {
    const head = real.events.length;
    const behind = (of: 'version' | 'actedSeq') =>
      but((copy) => {
        copy.progress[of] = head - 1;
      });
    expect(behind('actedSeq')).toEqual([`4: effects are done up to ${head - 1} of ${head}`]);
    expect(behind('version')).toEqual([`4: the projection ends at ${head - 1} of ${head}`]);
  });
});

describe('publicationPromises() names invariant 5', () => {
  it('when a model approved, published or was asked', () => {
    const byModel = but((copy) => {
      the(copy, 'STATUSPAGE_DRAFT_APPROVED').actor = { kind: 'ai', id: 'model' };
    });
    expect(byModel).toContain('5: approved by ai');
    expect(byModel).toContain('5: STATUSPAGE_DRAFT_APPROVED by a model');
    const asked = but((copy) =>
      copy.modelCalls.push({
        fake: 'aws',
        caller: 'publisher',
        operation: 'bedrock-runtime:Converse',
      }),
    );
    expect(asked).toEqual(['5: publisher asked a model']);
  });
});

describe('publicationPromises() names what people would see', () => {
  it('when a revision has no card, or two, or one that does not say it is published', () => {
    const isCard = ({ text }: { text: string }) => /^Status page update.*published/.test(text);
    const none = but((copy) => {
      copy.messages = copy.messages.filter((message) => !isCard(message));
    });
    const two = but((copy) => copy.messages.push(copy.messages.find(isCard)!));
    const stale = but((copy) => {
      copy.messages.find(isCard)!.text = 'Status page update · revision 1 · waits for approval';
    });
    expect(none).toContain('card: 0 cards of one revision');
    expect(two).toEqual(['card: 2 cards of one revision']);
    expect(stale.join()).toMatch(/^card: says “.*waits for approval”$/);
  });

  it('when the room was not told of a publication', () => {
    const broken = but((copy) => {
      copy.messages = copy.messages.filter(({ text }) => !text.includes('shows the approved'));
    });
    expect(broken).toEqual(['room: told of 0 of 2 publications']);
  });

  it('when a message is left in a queue, or the trail does not verify', () => {
    const left = but((copy) => copy.left.push({ queue: 'incidents-dlq.fifo', body: '{}' }));
    const trail = but((copy) => {
      copy.trailProblem = 'seq 3';
    });
    expect([left, trail]).toEqual([['queue: incidents-dlq.fifo holds {}'], ['trail: seq 3']]);
  });
});
