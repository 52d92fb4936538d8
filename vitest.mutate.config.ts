import { defineConfig } from 'vitest/config';

/** The tests that judge mutants of the gate, the trail, the signature checks and the secret cache. */
export default defineConfig({
  test: {
    include: [
      'test/services/{draft-decisions,decision-refusals,decision-policy,break-glass,break-glass-crash,statuspage-approval-gate,publication-attempts,publication-looks,late-effects,approval-checks,publication-receipts,sign-approval,page-budget,page-drift,escalate-approvals,signatures,request-publication,secret-cache,incident-record}.test.ts',
      'test/domain/*.test.ts',
      'test/domain/verification/*.test.ts',
      'test/contracts/*.test.ts',
      'test/adapters/{kms,statuspage,dynamodb}/*.test.ts',
    ],
    setupFiles: ['test/setup.ts'],
    testTimeout: 30_000,
  },
});
