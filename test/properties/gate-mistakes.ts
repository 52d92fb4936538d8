import type { Breakage } from './broken-gate.ts';

/** A mistake somebody could make, and the promise that must be seen to break. */
export type Mistake = { name: string; promise: RegExp; breakages: Breakage[] };

/** Mistakes in the gate that interleavings must find. */
export const MISTAKES: readonly Mistake[] = [
  {
    name: 'no-claim',
    promise: /^Error: [2-6]:/,
    breakages: [
      {
        file: 'publication-chain.ts',
        from: `    return (await this.#insert(event)) ? event : undefined;`,
        to: `    if (await this.#insert(event)) return event;
    if (type !== 'STATUSPAGE_PUBLISH_STARTED') return undefined;
    const newest = (await this.#deps.trail.head(incidentId))!;
    return this.appendAfter(incidentId, newest, of);`,
      },
    ],
  },
  {
    name: 'digest-not-compared',
    promise: /^Error: 1:/,
    breakages: [
      {
        file: 'decision-refusals.ts',
        from: "if (state.revision !== seen.revision) return refusal('DRAFT_SUPERSEDED');",
        to: '',
      },
      {
        file: 'decision-refusals.ts',
        from: "return state.digest === seen.digest ? undefined : refusal('DRAFT_STALE');",
        to: 'return undefined;',
      },
    ],
  },
  {
    name: 'approval-of-any-draft',
    promise: /^Error: [13]:/,
    breakages: [
      {
        file: 'gate-view.ts',
        from: 'if (sameRevision(about, details)) applyOwn(view, event);',
        to: `if (sameRevision(about, details) || event.type === 'STATUSPAGE_DRAFT_APPROVED') {
      applyOwn(view, event);
    }`,
      },
      {
        file: 'approval-checks.ts',
        from: 'token.digest !== details.digest || token.action !== details.action',
        to: 'false',
      },
    ],
  },
  {
    name: 'second-send-after-unknown',
    promise: /^Error: 2:/,
    breakages: [
      {
        file: 'publication-attempts.ts',
        from: "if (code === 'PAGE_NOT_EXECUTED') {",
        to: "if (code !== 'PAGE_REFUSED') {",
      },
      {
        file: 'publication-attempts.ts',
        from: "if (code === 'PAGE_OUTCOME_UNKNOWN') {",
        to: 'if (false) {',
      },
    ],
  },
  {
    name: 'one-person-two-accounts',
    promise: /^Error: 3:/,
    breakages: [
      {
        file: 'decision-rules.ts',
        from: 'standing.some((approval) => self.has(approval.slackUserId))',
        to: 'standing.some((approval) => approval.slackUserId === of.who.person.id)',
      },
    ],
  },
  {
    name: 'nobody-asks-again',
    promise: /^Error: 4:/,
    breakages: [
      { file: 'tend-incident.ts', from: "if (draft.status === 'approved') {", to: 'if (false) {' },
      { file: 'request-publication.ts', from: 'if (!wanted) return;', to: 'return;' },
    ],
  },
  {
    name: 'nobody-looks-again',
    promise: /^Error: 4:/,
    breakages: [
      {
        file: 'tend-incident.ts',
        from: "if (draft.status === 'unconfirmed') {",
        to: 'if (false) {',
      },
    ],
  },
  {
    name: 'rejection-not-seen',
    promise: /^Error: 3:/,
    breakages: [{ file: 'gate-view.ts', from: "view.status = 'rejected';", to: '' }],
  },
  {
    name: 'severity-raised-not-seen',
    promise: /^Error: 3:/,
    breakages: [
      {
        file: 'approval-checks.ts',
        from: 'worse(view.standing.worstSeverity, token.severity) !== token.severity',
        to: 'false',
      },
    ],
  },
  {
    name: 'situation-not-checked-at-the-claim',
    promise: /^Error: 5:/,
    breakages: [
      {
        file: 'approval-checks.ts',
        from: "if (view.outlived) throw refuse('SITUATION_CHANGED');",
        to: '',
      },
    ],
  },
  {
    name: 'components-not-compared-at-the-claim',
    promise: /^Error: 6:/,
    breakages: [
      {
        file: 'approval-checks.ts',
        from: 'if (changes.length > 0) return componentChangeWords(changes, nameOf);',
        to: '',
      },
    ],
  },
  {
    name: 'claims-not-compared-at-the-claim',
    promise: /^Error: 7:/,
    breakages: [
      {
        file: 'statuspage-approval-gate.ts',
        from: "if (claimed) return this.#refuse(view, 'COMPONENT_CLAIMED', claimed);",
        to: '',
      },
    ],
  },
  {
    name: 'late-publisher-not-fenced',
    promise: /^Error: 2:/,
    breakages: [
      {
        file: 'statuspage-approval-gate.ts',
        from: 'if (clock.nowMs() >= Date.parse(started.details.deadline)) {',
        to: 'if (false) {',
      },
      {
        file: 'statuspage-approval-gate.ts',
        from: 'deadlineMs: Date.parse(started.deadline),',
        to: 'deadlineMs: Number.POSITIVE_INFINITY,',
      },
    ],
  },
  {
    name: 'look-adopts-what-is-not-ours',
    promise: /^Error: 1:/,
    breakages: [
      {
        file: 'page-presence.ts',
        from: 'if (incident.publicationId === sought.publicationId) return true;',
        to: 'if (sought.pageBefore.statuspageIncidentId === null) return true;',
      },
      {
        file: 'page-presence.ts',
        from: '!updateIds.includes(one.id) && ',
        to: '',
      },
    ],
  },
  {
    name: 'sent-again-against-the-rule',
    promise: /^Error: 2:/,
    breakages: [
      {
        file: 'look-schedule.ts',
        from: "if (absences > 0 || rule === 'never') return false;",
        to: 'if (absences > 0) return false;',
      },
      {
        file: 'look-schedule.ts',
        from: "return rule === 'always' || !request.body.incident.deliver_notifications;",
        to: 'return true;',
      },
    ],
  },
  {
    name: 'sent-again-at-the-first-absence',
    promise: /^Error: 2:/,
    breakages: [
      {
        file: 'look-schedule.ts',
        from: 'if (dueMs > of.nowMs) return dueMs;',
        to: 'if (dueMs > of.nowMs) return undefined;',
      },
    ],
  },
];

/** Has the view of the gate read by what is broken beside it. */
const GATE_VIEW: Breakage = {
  file: 'gate-view.ts',
  from: "view.status = 'rejected';",
  to: "view.status = 'rejected';",
};

/** Mistakes about what another hand removes, that histories of removals must find. */
export const REMOVAL_MISTAKES: readonly Mistake[] = [
  {
    name: 'removed-one-not-asked-for',
    promise: /^Error: 2:/,
    breakages: [
      {
        file: 'publication-looks.ts',
        from: 'const replaced = replaces && (await this.#replaced(view, replaces));',
        to: `if (replaces) return { pageBefore, effect: undefined };
      const replaced = undefined as never;`,
      },
    ],
  },
  {
    name: 'return-not-recorded',
    promise: /^Error: 4:/,
    breakages: [{ file: 'standing.ts', from: "kind === 'returned' ?", to: 'false ?' }, GATE_VIEW],
  },
  {
    name: 'update-sent-to-what-is-removed',
    promise: /^Error: 1: it adds to an incident that was removed/,
    breakages: [
      {
        file: 'draft-base.ts',
        from: "if (target !== undefined) return 'BASE_GONE';",
        to: 'if (target !== undefined) return undefined;',
      },
    ],
  },
  {
    name: '404-not-recorded',
    promise: /^Error: 4:/,
    breakages: [
      {
        file: 'publication-attempts.ts',
        from: "if (refusal?.kind === 'INCIDENT_GONE')",
        to: 'if (false)',
      },
    ],
  },
  {
    name: 'any-create-with-replaces',
    promise: /^Error: (?:1|4):/,
    breakages: [
      { file: 'draft-base.ts', from: "if (draft.replaces) return 'BASE_RETURNED';", to: '' },
      {
        file: 'draft-base.ts',
        from: "return target === page?.statuspageIncidentId ? undefined : 'BASE_MOVED';",
        to: 'return undefined;',
      },
    ],
  },
  {
    name: 'one-update-taken-for-the-whole',
    promise: /^Error: 4:/,
    breakages: [
      { file: 'standing.ts', from: "kind === 'removed' && whole", to: "kind === 'removed'" },
      GATE_VIEW,
    ],
  },
];
