import { describe, expect, it } from 'vitest';
import type { GroupState } from '../../src/domain/alert-signal.ts';
import type { AuditEvent, EventType } from '../../src/domain/audit-event.ts';
import type { AlertGroups, ToldGroup } from '../../src/services/alert-groups.ts';
import { AlertIntake } from '../../src/services/alert-intake.ts';
import { findKnownGroup } from '../../src/services/known-groups.ts';
import { RereadAlertGroup } from '../../src/services/reread-alert-group.ts';
import { fixtureBytes } from '../domain/alerts/fixture.ts';
import { useWorker } from '../services/worker-world.ts';

/*
 * Webhooks come in any order, late, twice or never, and our own question may come between any two of
 * them. Whatever happens, what OnCall has in the end is what our record has, each fact once.
 */
const WEBHOOKS = ['oncall.created.json', 'oncall.acknowledge.json', 'oncall.resolve.by-user.json'];
const GROUP = 'I7FQ3N5ZK8WTB';
/** The group after each of the webhooks, as OnCall's API tells it. */
const HISTORY = WEBHOOKS.map(
  (name): ToldGroup => JSON.parse(Buffer.from(fixtureBytes(name)).toString()).alert_group,
);

/** A webhook is delivered, or OnCall is asked, while the group is as after the `now`-th webhook. */
type Step = { what: 'created' | 'acknowledge' | 'resolve' | 'ask'; now: number };
const NAMES = ['created', 'acknowledge', 'resolve'] as const;

function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    ordersOf(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
  );
}

/** Every order of two or three of the webhooks and one question, with OnCall ahead of each. */
function storiesOf(lost: number | undefined): Step[][] {
  const sent = NAMES.filter((_, index) => index !== lost);
  return ordersOf<Step['what']>([...sent, 'ask']).flatMap((order) => {
    // OnCall is never behind a webhook it has sent, and never goes back.
    let least = 0;
    const lazy = order.map((what) => {
      least = Math.max(least, what === 'ask' ? 0 : NAMES.indexOf(what));
      return { what, now: least };
    });
    return [lazy, order.map((what) => ({ what, now: 2 }))];
  });
}

describe('what OnCall says and what we hold', () => {
  const world = useWorker('memory');

  async function play(story: readonly Step[]): Promise<AuditEvent[][]> {
    await world.restart();
    const { receive } = world.worker();
    const { record, rows, trail } = world;
    let now = 0;
    const groups: AlertGroups = {
      confirm: async () => ({ kind: 'known', group: HISTORY[now] as ToldGroup }),
      listOpen: async () => [],
      personById: async (id) => ({ id, username: 'maya.ito', email: 'maya.ito@example.com' }),
    };
    const log = { note() {}, warn() {}, error() {}, count() {} };
    const known = findKnownGroup({ rows, storms: { readLink: async () => undefined } });
    const intake = new AlertIntake({ receiveAlert: receive, groups, log });
    const reread = new RereadAlertGroup({ groups, receiveAlert: receive, known, record, log });
    const chains = new Set<string>();
    const handle = async (step: Step, number: number) => {
      now = step.now;
      const message = {
        kind: 'read_alert_group',
        group: GROUP,
        foundAtMs: 1_000 + number,
      } as const;
      const made =
        step.what === 'ask'
          ? await reread.reread(message)
          : await intake.receive({
              kind: 'alert',
              path: '/webhooks/grafana-oncall/bearer',
              requestId: `r${number}`,
              receivedAtMs: 1_000 + number,
              bodyBase64: Buffer.from(
                fixtureBytes(WEBHOOKS[NAMES.indexOf(step.what)] as string),
              ).toString('base64'),
              rawSha256: 'a'.repeat(64),
              truncated: false,
            });
      for (const chain of made) chains.add(chain);
    };
    for (const [number, step] of story.entries()) {
      await handle(step, number);
      // Delivered again, as OnCall does when our answer is late.
      await handle(step, number);
    }
    await handle({ what: 'ask', now: 2 }, story.length);
    return Promise.all([...chains].map((chain) => trail.from(chain, 1)));
  }

  it.each([undefined, 0, 1, 2])(
    'agree in the end, each fact once, with webhook %s lost',
    async (lost) => {
      for (const story of storiesOf(lost)) {
        const told = JSON.stringify(story);
        const trails = await play(story);
        const incidents = trails.filter(([first]) => first?.type === 'INCIDENT_OPENED');
        expect(incidents.length, told).toBeLessThanOrEqual(1);
        const [events = []] = incidents;
        const count = (type: EventType) => events.filter((event) => event.type === type).length;
        for (const type of ['INCIDENT_OPENED', 'ALERT_ACKNOWLEDGED', 'ALERT_RESOLVED'] as const) {
          expect(count(type), `${type} ${told}`).toBeLessThanOrEqual(1);
        }
        expect(count('ALERT_RECEIVED'), told).toBeLessThanOrEqual(1);
        if (events.length === 0) continue;
        const state = (await world.record.load(String(events[0]?.incidentId)))?.state;
        const resolved: GroupState = 'resolved';
        expect(state?.alertGroup?.state, told).toBe(resolved);
        expect(count('ALERT_RESOLVED'), told).toBe(1);
      }
    },
  );

  it('open nothing when OnCall has resolved the group before we hear of it', async () => {
    for (const order of ordersOf<Step['what']>([...NAMES, 'ask'])) {
      const trails = await play(order.map((what) => ({ what, now: 2 })));
      expect(trails.filter(([first]) => first?.type === 'INCIDENT_OPENED')).toEqual([]);
    }
  });
});
