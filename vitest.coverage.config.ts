import { defineConfig } from 'vitest/config';

/** Every line and every branch, or the reason stands beside the line. */
const WHOLE = { lines: 100, branches: 100, functions: 100, statements: 100 };

/** The gate, the audit trail, both signature checks and the secret cache. */
const HELD = [
  'src/services/statuspage-approval-gate.ts',
  'src/services/publication-attempts.ts',
  'src/services/publication-looks.ts',
  'src/services/page-presence.ts',
  'src/services/page-budget.ts',
  'src/services/publication-receipts.ts',
  'src/services/sign-approval.ts',
  'src/services/publication-chain.ts',
  'src/services/approval-checks.ts',
  'src/services/draft-decisions.ts',
  'src/services/signatures.ts',
  'src/services/incident-record.ts',
  'src/services/secret-cache.ts',
  'src/adapters/dynamodb/dynamo-audit-trail.ts',
  'src/domain/gate-view.ts',
  'src/domain/look-schedule.ts',
  'src/domain/absence-replay.ts',
  'src/domain/life-replay.ts',
  'src/domain/draft-replay.ts',
  'src/domain/chain-notes.ts',
  'src/domain/break-glass.ts',
  'src/domain/verify-receipt.ts',
  'src/domain/receipt-authority.ts',
  'src/domain/approval-token.ts',
  'src/domain/compact-jws.ts',
  'src/domain/apply-event.ts',
  'src/domain/apply-draft-event.ts',
  'src/domain/audit-event.ts',
  'src/domain/hash-chain.ts',
  'src/domain/verification/**/*.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What they cover is covered by unit tests; they only make the report slow.
    exclude: [
      'node_modules/**',
      'test/browser/**',
      'test/scenarios/**',
      'test/cdk/**',
      'test/local/**',
      'test/crash-matrix/**',
      'test/docs/**',
      'test/tidy.test.ts',
    ],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: HELD,
      reporter: ['text'],
      thresholds: Object.fromEntries(HELD.map((file) => [file, WHOLE])),
    },
  },
});
