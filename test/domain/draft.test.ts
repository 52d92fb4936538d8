import { describe, expect, it } from 'vitest';
import { contentOf, draftActionOf, draftDigest, pageRequestOf } from '../../src/domain/draft.ts';

const CONTENT = {
  title: 'Problems with Checkout',
  text: 'We see errors.',
  status: 'investigating',
  impact: 'major',
  notify: false,
  components: { c2: 'operational', c1: 'major_outage' },
} as const;

describe('pageRequestOf()', () => {
  it('creates when nothing is on the page, with components in one order', () => {
    expect(pageRequestOf(CONTENT, { pageId: 'p1', onPage: null })).toEqual({
      method: 'POST',
      path: '/pages/p1/incidents',
      body: {
        incident: {
          name: 'Problems with Checkout',
          status: 'investigating',
          body: 'We see errors.',
          impact_override: 'major',
          deliver_notifications: false,
          component_ids: ['c1', 'c2'],
          components: { c1: 'major_outage', c2: 'operational' },
        },
      },
    });
  });

  it('updates what is on the page, and is read back as what was written', () => {
    const request = pageRequestOf(CONTENT, { pageId: 'p1', onPage: 'i1' });
    expect(request).toMatchObject({ method: 'PATCH', path: '/pages/p1/incidents/i1' });
    expect(contentOf(request)).toEqual(CONTENT);
  });
});

describe('draftActionOf()', () => {
  it('creates first, then updates, and resolves what is there', () => {
    expect(draftActionOf('investigating', null)).toBe('create');
    expect(draftActionOf('resolved', null)).toBe('create');
    expect(draftActionOf('monitoring', 'i1')).toBe('update');
    expect(draftActionOf('resolved', 'i1')).toBe('resolve');
  });
});

describe('draftDigest()', () => {
  const request = pageRequestOf(CONTENT, { pageId: 'p1', onPage: null });
  const digest = draftDigest(request, null);

  it('is SHA-256 of RFC 8785 of {method, path, body, basedOn}', () => {
    expect(digest).toBe('76021541a0de06ce3a61c8ae3f70ea171d9e49704d3a44bb0e8a71f505808940');
  });

  it('changes with every field and with what it is based on', () => {
    const { incident } = request.body;
    const others = [
      draftDigest(request, 'pub-1'),
      draftDigest({ ...request, method: 'PATCH' }, null),
      draftDigest({ ...request, path: '/pages/p2/incidents' }, null),
      ...[
        { name: 'x' },
        { status: 'resolved' as const },
        { body: 'We see errors!' },
        { impact_override: 'none' as const },
        { deliver_notifications: true },
        { component_ids: [] },
        { components: {} },
      ].map((change) =>
        draftDigest({ ...request, body: { incident: { ...incident, ...change } } }, null),
      ),
    ];
    expect(new Set([digest, ...others]).size).toBe(11);
  });
});
