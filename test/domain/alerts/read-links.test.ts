import { describe, expect, it } from 'vitest';
import { annotationsOf, readLinks } from '../../../src/domain/alerts/read-links.ts';

describe('readLinks()', () => {
  it('takes the first address of each kind, wherever it stands', () => {
    expect(
      readLinks(
        { runbook_url: 'https://a.example.com/1' },
        { runbook: 'https://a.example.com/2', dashboardURL: 'https://a.example.com/3' },
        { panelURL: 'https://a.example.com/4' },
      ),
    ).toEqual([
      { title: 'Runbook', url: 'https://a.example.com/1' },
      { title: 'Dashboard', url: 'https://a.example.com/3' },
      { title: 'Panel', url: 'https://a.example.com/4' },
    ]);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', ['https://a.example.com']],
    ['no address', { runbook_url: 'ask Maya' }],
    ['a script', { runbook_url: 'javascript:alert(1)' }],
    ['a number', { runbook_url: 7 }],
    ['an address that is too long', { runbook_url: `https://a.example.com/${'x'.repeat(1_000)}` }],
  ])('takes none from %s', (_what, given) => {
    expect(readLinks(given)).toEqual([]);
  });

  it('reads its own annotations again', () => {
    const links = readLinks({
      runbook: 'https://a.example.com/r',
      dashboardURL: 'https://a.example.com/d',
      panelURL: 'https://a.example.com/p',
    });
    expect(readLinks(annotationsOf(links))).toEqual(links);
  });
});
