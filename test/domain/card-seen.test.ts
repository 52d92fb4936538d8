import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changedComponents,
  componentChangeWords,
  namedComponents,
  readSeen,
  seenOn,
  seenText,
  situationChange,
} from '../../src/domain/card-seen.ts';
import { pageRequestOf } from '../../src/domain/draft.ts';
import { INCIDENT_STATUSES } from '../../src/domain/incident-state.ts';
import { SEVERITIES } from '../../src/domain/severity.ts';
import {
  COMPONENT_STATES,
  type ComponentState,
} from '../../src/domain/statuspage-event-details.ts';

const requestFor = (components: Record<string, ComponentState>) =>
  pageRequestOf(
    { title: 't', text: 't', status: 'monitoring', impact: 'none', notify: false, components },
    { pageId: 'page1', onPage: null },
  );
const request = requestFor({ c2: 'operational', c1: 'degraded_performance' });
const seen = (of: Partial<ReturnType<typeof seenOn>> = {}) => ({
  severity: 'P2' as const,
  situation: 'open' as const,
  components: {},
  ...of,
});

describe('what a card shows beside the text', () => {
  it('is the worst severity, the situation, and each component that the text names', () => {
    const incident = { worstSeverity: 'P2', status: 'mitigated' } as const;
    const now = seenOn(incident, { request, componentsBefore: { c1: 'major_outage' } });
    expect(seenText(now, request)).toBe('P2.mitigated.m-');
    expect(namedComponents(request)).toEqual(['c1', 'c2']);
  });

  it.each([
    ['triggered', 'open'],
    ['assembling', 'open'],
    ['active', 'open'],
    ['assembly_failed', 'open'],
    ['mitigated', 'mitigated'],
    ['resolved', 'over'],
    ['closed', 'over'],
    ['cancelled', 'called_off'],
  ] as const)('an incident that is %s is shown as %s', (status, situation) => {
    const now = seenOn({ worstSeverity: 'P1', status }, { request, componentsBefore: null });
    expect(now).toEqual({ severity: 'P1', situation, components: {} });
  });

  it('is read back as it was written', () => {
    const states = fc.constantFrom<ComponentState | undefined>(...COMPONENT_STATES, undefined);
    const told = fc.record({
      worstSeverity: fc.constantFrom(...SEVERITIES),
      status: fc.constantFrom(...INCIDENT_STATUSES),
      c1: states,
      c2: states,
    });
    fc.assert(
      fc.property(told, ({ c1, c2, ...incident }) => {
        const known = { ...(c1 ? { c1 } : {}), ...(c2 ? { c2 } : {}) };
        const now = seenOn(incident, { request, componentsBefore: known });
        expect(readSeen(seenText(now, request), request)).toEqual(now);
      }),
    );
  });

  it.each([
    '',
    'P5.open.oo',
    'P1.somewhere.oo',
    'P1.toString.oo',
    'P1.open.o',
    'P1.open.ooo',
    'P1.open.oo.x',
    'P1.open',
  ])('“%s” is none', (text) => {
    expect(readSeen(text, request)).toBeUndefined();
  });
});

describe('what differs', () => {
  it('a component whose two states are known', () => {
    const before = { c1: 'operational', c2: 'operational', c3: 'major_outage' } as const;
    const now = { c1: 'major_outage', c3: 'major_outage', c4: 'major_outage' } as const;
    const changes = changedComponents(before, now);
    expect(changes).toEqual([{ id: 'c1', from: 'operational', to: 'major_outage' }]);
    expect(componentChangeWords(changes, () => 'Payments')).toBe(
      'Payments was Operational and is Major outage now',
    );
  });

  it.each([
    [{ severity: 'P3' }, { severity: 'P1' }, 'the severity went from P3 to P1'],
    [{ situation: 'open' }, { situation: 'mitigated' }, 'was going on when this card was shown'],
    [{ situation: 'mitigated' }, { situation: 'open' }, 'is going on now'],
    [{ situation: 'open' }, { situation: 'over' }, 'is over now'],
    [{ situation: 'over' }, { situation: 'called_off' }, 'is cancelled now'],
  ] as const)('%j, then %j', (before, now, words) => {
    expect(situationChange(seen(before), seen(now))).toContain(words);
  });

  it('not a severity that is no worse, nor the same again', () => {
    expect(situationChange(seen({ severity: 'P1' }), seen({ severity: 'P3' }))).toBeUndefined();
    expect(situationChange(seen(), seen())).toBeUndefined();
  });
});
