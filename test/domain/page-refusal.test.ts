import { describe, expect, it } from 'vitest';
import { pageRefusalOf, pageRefusalWords } from '../../src/domain/page-refusal.ts';
import type { PageRequest } from '../../src/domain/statuspage-event-details.ts';

const COMPONENTS = [{ id: 'c1', name: 'Checkout' }];

function request(path: string): PageRequest {
  const incident = {
    name: 'Secret project Falcon',
    status: 'investigating' as const,
    body: 'Words of ours.',
    impact_override: 'minor' as const,
    deliver_notifications: false,
    component_ids: ['c1', 'c2'],
    components: { c1: 'operational' as const, c2: 'operational' as const },
  };
  return { method: path.includes('/incidents/') ? 'PATCH' : 'POST', path, body: { incident } };
}
const CREATE = request('/pages/p1/incidents');
const UPDATE = request('/pages/p1/incidents/i1');

function said(status: number, answer: string, of: PageRequest | undefined = CREATE): string {
  return pageRefusalWords(pageRefusalOf({ status, answer, request: of }), COMPONENTS);
}

describe('pageRefusalWords()', () => {
  it.each([
    [401, '{"error":"Could not authenticate"}', CREATE, /does not accept our API key/],
    [403, '{}', CREATE, /does not let our API key write/],
    [404, '{"error":"not found"}', UPDATE, /no longer on the status page: draft again/],
    [404, '{"error":"not found"}', CREATE, /does not know this deployment’s page/],
    [400, '{"error":"x"}', CREATE, /could not read it; this is a fault of ours/],
    [422, '{"error":"component c1 does not exist"}', CREATE, /component “Checkout” \(c1\), or not/],
    [422, '{"error":"component c2 does not exist"}', CREATE, /component “c2” \(c2\), or not/],
    [422, '{"error":["component xyz unknown"]}', CREATE, /know a component of it, or not/],
    [422, '{"error":"name is too long (maximum is 255 characters)"}', CREATE, /accept the title:/],
    [422, '{"error":"body must be a string"}', CREATE, /accept the text:/],
    [422, '{"error":"name is bad; status must be one of"}', CREATE, /the title, the status:/],
    [422, '<html>', CREATE, /does not accept something in it: change it/],
  ])('says of %s %s what to do', (status, answer, of, expected) => {
    expect(said(status, answer, of)).toMatch(expected);
  });

  it('names no more components than fit in a sentence', () => {
    const ids = Array.from({ length: 50 }, (_, i) => `c${i}`);
    const words = pageRefusalWords(
      { kind: 'COMPONENT_UNKNOWN', componentIds: ids, fields: [] },
      [],
    );
    expect(words).toContain('“c9”');
    expect(words).not.toContain('“c10”');
  });

  it('never repeats what Statuspage said, nor the text', () => {
    const answer = '{"error":"name Secret project Falcon, key sk-123, words of ours. c9 is bad"}';
    for (const status of [400, 401, 403, 404, 422]) {
      expect(said(status, answer)).not.toMatch(/Falcon|sk-123|words of ours|c9/i);
    }
  });
});
