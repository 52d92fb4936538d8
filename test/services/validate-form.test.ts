import { describe, expect, it } from 'vitest';
import type { SubmittedForm } from '../../src/services/forms.ts';
import { validateForm } from '../../src/services/validate-form.ts';

const COMPONENTS = [{ id: 'c1', name: 'Checkout' }];
const DRAFT: SubmittedForm = {
  kind: 'submit',
  form: 'draft',
  incidentId: 'inc-1',
  fields: {
    title: 'Checkout is slow',
    text: 'We are investigating.',
    status: 'investigating',
    impact: 'minor',
    notify: false,
    components: { c1: 'partial_outage' },
  },
  editing: null,
  usedProposal: null,
};
const withFields = (fields: object): SubmittedForm =>
  ({ ...DRAFT, fields: { ...DRAFT.fields, ...fields } }) as SubmittedForm;

describe('validateForm()', () => {
  it('finds nothing wrong with a draft', () => {
    expect(validateForm(DRAFT, COMPONENTS)).toEqual({});
  });

  it('names each wrong field of a draft', () => {
    const draft = withFields({ title: '', text: 'a\u200bb', components: { cX: 'operational' } });
    expect(validateForm(draft, COMPONENTS)).toEqual({
      title: 'Write something here.',
      text: 'Remove the hidden character U+200B: what nobody can see, nobody can approve.',
      'component:cX': 'The status page has no such component.',
    });
  });

  it('allows 50 components and refuses the 51st', () => {
    const many = Array.from({ length: 51 }, (_, i) => ({ id: `c${i}`, name: `C${i}` }));
    const touched = Object.fromEntries(many.map(({ id }) => [id, 'operational']));
    expect(validateForm(withFields({ components: touched }), many)).toEqual({
      'component:c50': 'Change at most 50 components at once.',
    });
  });

  it.each<[SubmittedForm, Record<string, string>]>([
    [
      { kind: 'submit', form: 'update', incidentId: 'i', text: ' ' },
      { text: 'Write something here.' },
    ],
    [{ kind: 'submit', form: 'note', incidentId: 'i', text: 'fine' }, {}],
    [
      { kind: 'submit', form: 'resolve', incidentId: 'i', summary: '', openDraft: true },
      { summary: 'Write something here.' },
    ],
    [
      {
        kind: 'submit',
        form: 'reject',
        incidentId: 'i',
        draft: { draftId: 'd', revision: 1, digest: 'x' },
        reason: '',
      },
      { reason: 'Write something here.' },
    ],
    [
      { kind: 'submit', form: 'declare', title: 'x'.repeat(151), service: null, severity: 'P9' },
      {
        title: 'Shorten this to 150 characters; it has 151.',
        severity: 'Choose a severity from P1 to P4.',
      },
    ],
    [{ kind: 'submit', form: 'declare', title: 'Down', service: null, severity: 'P1' }, {}],
  ])('judges %j', (submitted, expected) => {
    expect(validateForm(submitted, COMPONENTS)).toEqual(expected);
  });
});
