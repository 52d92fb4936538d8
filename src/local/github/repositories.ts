/** One deployment of a repository, newest first in its list. */
export type DeploymentSeed = {
  sha: string;
  ref: string;
  environment: string;
  description: string;
  by: string;
  ageS: number;
  /** Of its newest status; null: nobody reported one. */
  state: string | null;
};

export type RepositorySeed = { deployments: DeploymentSeed[]; files: Record<string, string> };

const CHECKOUT_OWNERS = `# Everything, unless a later line says otherwise.
*                 @acme/checkout
/src/payments/    @acme/payments @acme/checkout
*.md              @acme/docs
`;

/** The repositories of the shipped services. */
export function exampleRepositories(): Record<string, RepositorySeed> {
  return {
    'acme/checkout-api': {
      deployments: [
        deployment('4be19c0f2a7d5e8136b09f4c2d7a1e5580c3f6b9', {
          ageS: 1_260,
          by: 'jonas-berg',
          description: 'Retry card authorisation on time-out',
        }),
        deployment('a07c35d9e1f2486bb5c80d9e7f1a2b3c4d5e6f70', {
          ageS: 19_800,
          by: 'maya-ito',
          state: 'inactive',
        }),
      ],
      files: { '.github/CODEOWNERS': CHECKOUT_OWNERS },
    },
    'acme/payments-worker': {
      deployments: [
        deployment('77d1e0aa5b3c49d2b8f6417f0c9e2d3a4b5c6d7e', { ageS: 7_500, by: 'jonas-berg' }),
      ],
      files: { CODEOWNERS: '* @acme/payments\n' },
    },
    'acme/web-frontend': {
      deployments: [],
      files: { 'docs/CODEOWNERS': '* @acme/web maya.ito@example.com\n' },
    },
  };
}

export function deployment(
  sha: string,
  of: Partial<DeploymentSeed> & { ageS: number },
): DeploymentSeed {
  const defaults = { ref: 'main', environment: 'production', description: '', by: 'octocat' };
  return { sha, ...defaults, state: 'success', ...of };
}
