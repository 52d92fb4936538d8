import { describe, expect, it } from 'vitest';
import type { EventType } from '../../src/domain/audit-event.ts';
import { INCIDENT_STATUSES } from '../../src/domain/incident-state.ts';
import { fits, outlivedBy, outlivedWhenWritten } from '../../src/domain/situation.ts';
import { PAGE_STATUSES } from '../../src/domain/statuspage-event-details.ts';
import { phaseOf } from '../../src/domain/transitions.ts';

describe('the phase of an incident', () => {
  it.each([
    ['triggered', 'open'],
    ['assembling', 'open'],
    ['active', 'open'],
    ['mitigated', 'open'],
    ['assembly_failed', 'open'],
    ['resolved', 'over'],
    ['closed', 'over'],
    ['cancelled', 'called_off'],
  ] as const)('%s is %s', (status, phase) => {
    expect(phaseOf(status)).toBe(phase);
  });
});

describe('a text fits', () => {
  it.each([
    ['open', 'open', 'monitoring', true],
    ['open', 'open', 'resolved', true],
    ['over', 'over', 'monitoring', true],
    ['over', 'over', 'resolved', true],
    ['called_off', 'called_off', 'resolved', true],
    ['called_off', 'called_off', 'monitoring', false],
    ['open', 'over', 'resolved', true],
    ['open', 'over', 'monitoring', false],
    ['open', 'called_off', 'resolved', false],
    ['open', 'called_off', 'investigating', false],
    ['over', 'open', 'resolved', false],
    ['over', 'open', 'monitoring', false],
    ['called_off', 'open', 'resolved', false],
    ['called_off', 'over', 'resolved', false],
    ['over', 'called_off', 'resolved', false],
  ] as const)('written while %s, now %s, saying %s: %s', (writtenIn, now, pageStatus, expected) => {
    expect(fits({ writtenIn, now, pageStatus })).toBe(expected);
  });
});

describe('what ends the situation of a text', () => {
  it.each([
    ['INCIDENT_RESOLVED', 'active', 'monitoring', 'resolved'],
    ['INCIDENT_RESOLVED', 'mitigated', 'resolved', undefined],
    ['INCIDENT_REOPENED', 'resolved', 'resolved', 'reopened'],
    ['INCIDENT_REOPENED', 'cancelled', 'resolved', 'reopened'],
    // The fix did not hold: what was written before speaks of it, or of what came before it.
    ['INCIDENT_REOPENED', 'mitigated', 'monitoring', 'reopened'],
    ['INCIDENT_REOPENED', 'mitigated', 'investigating', 'reopened'],
    ['INCIDENT_REOPENED', 'mitigated', 'resolved', 'reopened'],
    ['INCIDENT_CANCELLED', 'active', 'investigating', 'cancelled'],
    ['INCIDENT_CANCELLED', 'active', 'resolved', 'cancelled'],
    ['INCIDENT_MITIGATED', 'active', 'investigating', undefined],
    ['INCIDENT_CLOSED', 'resolved', 'monitoring', undefined],
  ] as const)('%s of an incident that is %s, for %s: %s', (type, status, pageStatus, by) => {
    expect(outlivedBy(type, { status, pageStatus })).toBe(by);
  });

  it('is nothing but what people say of the incident', () => {
    const others: EventType[] = ['SEVERITY_CHANGED', 'WAR_ROOM_ASSEMBLED', 'STATUSPAGE_PUBLISHED'];
    for (const type of others) {
      for (const status of INCIDENT_STATUSES) {
        for (const pageStatus of PAGE_STATUSES) {
          expect(outlivedBy(type, { status, pageStatus })).toBeUndefined();
        }
      }
    }
  });

  it('is there from the first for all but the end of an incident that was called off', () => {
    expect(outlivedWhenWritten('cancelled', 'monitoring')).toBe('cancelled');
    expect(outlivedWhenWritten('cancelled', 'resolved')).toBeUndefined();
    expect(outlivedWhenWritten('resolved', 'monitoring')).toBeUndefined();
  });
});
