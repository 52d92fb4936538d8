import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../scripts/audit.ts';
import { type AuditTools, composeAudit } from '../../src/handlers/compose-audit.ts';
import { exportTrail } from '../../src/services/export-trail.ts';
import { verifyTrail } from '../../src/services/verify-trail.ts';
import { runCommand } from '../scripts/run-command.ts';
import { JONAS, MAYA, startTrailWorld, type TrailWorld } from '../trail-builder.ts';
import { OPENED } from '../trail-story.ts';
import { rechain, type StoredTrail, storedTrail } from './stored-trail.ts';

const REASON = 'Nobody else answers the pager, and customers cannot pay.';
/** Numbers of the two events of the broken glass. */
const GLASS = 3;
const APPROVAL = 4;
let world: TrailWorld;
let tools: AuditTools;
let honest: StoredTrail;

beforeAll(async () => {
  world = await startTrailWorld();
  await world.append(OPENED, {
    type: 'INCIDENT_OPENED',
    details: {
      title: 'Checkout is slow',
      severity: 'P1',
      severityIsDefault: false,
      service: 'checkout-api',
      source: 'grafana-oncall',
      group: 'G1',
      episode: 1,
      link: null,
      labels: {},
      previousIncidentId: null,
    },
    actor: { kind: 'alert_source', id: 'grafana-oncall' },
  });
  const card = await world.draft(OPENED, { status: 'investigating', text: 'Payments are slow.' });
  expect(await world.approve(card, MAYA, REASON)).toBeUndefined();
  expect(await world.publish(card)).toBe('published');
  tools = await composeAudit({
    access: {
      region: 'us-east-1',
      endpoint: world.url,
      credentials: { accessKeyId: 'AUDIT', secretAccessKey: 'unchecked' },
    },
    tables: undefined,
    keys: undefined,
    clock: { nowMs: () => world.now.ms },
  });
  honest = await storedTrail(tools.reader);
});

afterAll(async () => {
  tools.close();
  await world.close();
});

/** What is wrong after a hand was on the table, which nothing but the trail itself can tell. */
async function problemsAfter(tamper: (trail: StoredTrail) => void): Promise<string[]> {
  const trail = honest.copy();
  trail.mayReadProjections = false;
  tamper(trail);
  const verdict = await verifyTrail({ reader: trail, pinned: tools.pinned }, {});
  return verdict.ok ? [] : verdict.problems.map(({ seq, reason }) => `${seq}: ${reason}`);
}

describe('verifyTrail() of a publication that one person approved alone', () => {
  it('takes it with its reason', async () => {
    expect(await problemsAfter(() => {})).toEqual([]);
  });

  it.each<[string, (trail: StoredTrail) => void]>([
    [
      'the reason was edited',
      (trail) => {
        trail.row(OPENED, GLASS).details.reason = 'Everybody agreed, I only clicked for them.';
      },
    ],
    [
      'it was given to another person',
      (trail) => {
        trail.row(OPENED, GLASS).actor = { kind: 'slack_user', id: JONAS };
      },
    ],
    [
      'the approval hides that it was alone',
      (trail) => {
        delete trail.row(OPENED, APPROVAL).details.breakGlass;
      },
    ],
    [
      'a note took the place of the reason',
      (trail) => {
        const row = trail.row(OPENED, GLASS);
        const text = { text: 'nothing happened' };
        trail.remove(row);
        trail.audit.push({ ...row, type: 'NOTE_ADDED', details: text });
      },
    ],
  ])('names it when %s and everything after was chained again', async (_what, change) => {
    const problems = await problemsAfter((trail) => {
      change(trail);
      rechain(trail, OPENED, GLASS);
    });
    expect(problems.length).toBeGreaterThan(0);
    // Unsigned by itself, the reason stands under the approval's signature.
    expect(problems.join('\n')).toMatch(new RegExp(`^(${GLASS}|${APPROVAL}): `, 'm'));
  });

  it('names it when the reason was removed', async () => {
    const problems = await problemsAfter((trail) => trail.remove(trail.row(OPENED, GLASS)));
    expect(problems).toContain(`${GLASS}: the event is missing`);
    expect(problems).toContain(`${APPROVAL}: nobody broke the glass before it`);
  });
});

describe('whoever reads the record', () => {
  async function printed(words: string, inColour = false): Promise<string> {
    const { exitCode, out } = await runCommand(
      audit,
      [...words.split(' '), '--endpoint', world.url],
      {
        environment: {},
        world: () => undefined,
        clock: { nowMs: () => world.now.ms },
        inColour,
      },
    );
    expect(exitCode).toBe(0);
    return out;
  }

  it.each(['list', `show ${OPENED}`, 'approvals'])(
    'sees BREAK-GLASS in audit %s',
    async (words) => {
      const plain = await printed(words);
      expect(plain).toContain('BREAK-GLASS');
      expect(plain).not.toContain('\u001b');
      const red = (await printed(words, true))
        .split('\n')
        .filter((line) => line.includes('\u001b'));
      expect(red).toHaveLength(words.startsWith('show') ? 2 : 1);
      for (const line of red) {
        expect([line.slice(0, 7), line.slice(-4)]).toEqual(['\u001b[1;31m', '\u001b[0m']);
        expect(line).toContain('BREAK-GLASS');
      }
    },
  );

  it('finds a field for it in JSON and CSV', async () => {
    const { incidents } = JSON.parse(await printed('list --format json'));
    expect(incidents).toMatchObject([{ incidentId: OPENED, breakGlass: 1 }]);
    const { approvals } = JSON.parse(await printed('approvals --format json'));
    expect(approvals).toMatchObject([{ breakGlass: true, breakGlassReason: REASON }]);
    const { events } = JSON.parse(await printed('list --type BREAK_GLASS_USED --format json'));
    expect(events).toMatchObject([{ actor: { id: MAYA }, details: { reason: REASON } }]);
    expect(await printed('approvals --format csv')).toMatch(/,U0MAYA,true,/);
  });

  it('finds it on top of an export', async () => {
    expect((await exportTrail(tools)).breakGlass).toEqual([
      { incidentId: OPENED, seq: GLASS, by: MAYA, reason: REASON },
    ]);
  });
});
