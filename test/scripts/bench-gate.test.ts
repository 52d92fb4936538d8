import { expect, it } from 'vitest';
import { type Counts, publicationCosts } from '../../scripts/bench-gate.ts';

/** Whether the publisher's message or the worker's next one comes first moves a call or two. */
const BY_CHANCE_MAX = 3;
/** The second time one more incident of the same service is open: its trail is read for what it claims. */
const PER_OTHER = 8;

it('a publication costs the same on a trail of 80 events and of 10,000', async () => {
  const [short, long] = await publicationCosts([80, 10_000]);
  expect([short!.events, long!.events]).toEqual([80, 10_000]);
  for (const { publisher } of [short!, long!]) {
    expect(publisher).toEqual({
      dynamodbReads: 3,
      // Sixteen of them since the last checkpoint; at most 63, whatever the length.
      itemsRead: 22,
      dynamodbWrites: 2,
      kms: 2,
      sqs: 1,
      // What the page shows of the incident, of the components and of other incidents, then the request.
      statuspage: 4,
      slack: 0,
      scheduler: 0,
      secrets: 0,
    });
  }
  for (const [what, count] of Object.entries(short!.all)) {
    const difference = Math.abs(long!.all[what as keyof Counts] - count);
    const most = BY_CHANCE_MAX + (what === 'dynamodbReads' || what === 'itemsRead' ? PER_OTHER : 0);
    expect([what, difference <= most]).toEqual([what, true]);
  }
  const { dynamodbReads, itemsRead, dynamodbWrites, kms, statuspage } = long!.all;
  // The click reads the public page once, for the components that its card named.
  expect([kms, statuspage]).toEqual([3, 5]);
  // A dozen of the reads are for the two notes on the day's chain, which nobody waits for.
  expect(Math.max(dynamodbReads, dynamodbWrites)).toBeLessThan(80);
  // Both phases read the sixteen events since the last checkpoint.
  expect(itemsRead).toBeLessThan(70 + 2 * 16);
}, 180_000);
