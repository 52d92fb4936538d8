import { beforeEach, describe, expect, it } from 'vitest';
import { readAlert } from '../../src/domain/alerts/alert-paths.ts';
import { isOver } from '../../src/domain/transitions.ts';
import type { ReceiveAlert } from '../../src/services/receive-alert.ts';
import { stormIncidentId } from '../../src/services/storms.ts';
import { alertMessage } from './alert-messages.ts';
import { useWorker } from './worker-world.ts';

const world = useWorker();
const PATH = '/webhooks/alertmanager';
const PROD = 'https://ops.example.com/prod/alertmanager';
const STAGING = 'https://ops.example.com/staging/alertmanager';

type Given = { status?: 'firing' | 'resolved'; startsAt?: string };

/** What two Alertmanagers of one configuration send: all but the address is the same. */
function notification(externalURL: string, { status = 'firing', startsAt }: Given = {}) {
  return {
    version: '4',
    groupKey: '{}:{alertname="CheckoutDown"}',
    status,
    externalURL,
    commonLabels: { alertname: 'CheckoutDown', service: 'checkout', severity: 'critical' },
    alerts: [
      {
        status,
        fingerprint: '8f2a61c40be7d935',
        labels: { alertname: 'CheckoutDown' },
        startsAt: startsAt ?? '2026-11-20T09:00:00Z',
        endsAt: status === 'resolved' ? '2026-11-20T09:10:00Z' : '0001-01-01T00:00:00Z',
      },
    ],
  };
}

let receiver: ReceiveAlert;
beforeEach(() => {
  receiver = world.worker().receive;
});

const deliver = (externalURL: string, of: Given = {}) =>
  receiver.receive(alertMessage(notification(externalURL, of), { path: PATH }));

/** As the version before placed it: by the host alone. */
async function deliverAsBefore(externalURL: string): Promise<string> {
  const body = Buffer.from(JSON.stringify(notification(externalURL)));
  const read = readAlert(PATH, body);
  if (read.kind !== 'signal' || !read.signal.former) throw new Error('expected a former identity');
  const { former, ...signal } = read.signal;
  return receiver.place({ ...signal, ...former }, alertMessage('{}', { path: PATH }));
}

const types = async (incidentId: string) =>
  (await world.trail.from(incidentId, 1)).map(({ type }) => type);
const resolveByHand = (incidentId: string) =>
  world.record.run({
    incidentId,
    commandId: `resolve ${incidentId}`,
    actor: { kind: 'slack_user', id: 'U0MAYA' },
    decide: () => ({ append: 'INCIDENT_RESOLVED', details: { summary: 'Fixed.' } }),
  });

describe('two Alertmanagers behind one host', () => {
  it('are two sources: two incidents, and what one resolves stays open at the other', async () => {
    const prod = await deliver(PROD);
    const staging = await deliver(STAGING);
    expect(staging).not.toBe(prod);
    expect(await deliver(STAGING, { status: 'resolved' })).toBe(staging);
    expect(await types(prod)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
    expect(await types(staging)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED', 'ALERT_RESOLVED']);
  });
});

describe('an incident that was open before the upgrade', () => {
  it('keeps its group, and the same fact told again is not a second one', async () => {
    const before = await deliverAsBefore(PROD);
    expect(await deliver(PROD)).toBe(before);
    expect(await types(before)).toEqual(['INCIDENT_OPENED', 'ALERT_RECEIVED']);
    expect(await deliver(PROD, { status: 'resolved' })).toBe(before);
    expect((await types(before)).at(-1)).toBe('ALERT_RESOLVED');
    const state = (await world.record.load(before))?.state;
    expect(state && isOver(state)).toBe(false);
  });

  it('lets its group go when it is over: the next firing is the new source’s', async () => {
    const before = await deliverAsBefore(PROD);
    await resolveByHand(before);
    const later = { startsAt: '2026-11-21T09:00:00Z' };
    const prod = await deliver(PROD, later);
    const staging = await deliver(STAGING, later);
    expect(new Set([before, prod, staging]).size).toBe(3);
  });

  it('keeps a group that joined a storm in it', async () => {
    for (let n = 1; n <= 10; n += 1) {
      await deliver(`https://ops.example.com/other-${n}/alertmanager`);
    }
    const storm = await deliverAsBefore(PROD);
    expect(storm).toBe(stormIncidentId('checkout-api', 1));
    expect(await deliver(PROD, { status: 'resolved' })).toBe(storm);
  });
});
