import { describe, expect, it } from 'vitest';
import { contextVariables } from '../../cdk/context-sources.ts';
import { wantedSecrets } from '../../cdk/wanted-secrets.ts';
import { synthesise, TEST_PARAMETERS } from './synthesised.ts';

const secrets = { idOf: (name: string) => `arn:${name}` };
const NONE = { ...TEST_PARAMETERS, context: {} };

describe('a deployment without sources', () => {
  it('has no secret for them, and each is off', () => {
    expect(wantedSecrets(NONE)).not.toContain('grafana-read-token');
    expect(wantedSecrets(NONE)).not.toContain('github-token');
    expect(Object.values(contextVariables({}, secrets))).toEqual(Array(9).fill(''));
  });

  it('lets no role read a token of theirs', () => {
    expect(JSON.stringify(synthesise({ context: {} }))).not.toMatch(/grafana-read|github-token/i);
  });
});

describe('contextVariables()', () => {
  it('names each source with its own user, and the secrets that are needed', () => {
    expect(contextVariables(TEST_PARAMETERS.context, secrets)).toEqual({
      PROMETHEUS_URL: 'https://prometheus.example.com/api/prom',
      PROMETHEUS_USER: '101',
      LOKI_URL: 'https://logs.example.com',
      LOKI_USER: '102',
      TEMPO_URL: 'https://tempo.example.com/tempo',
      TEMPO_USER: '103',
      GRAFANA_READ_TOKEN_SECRET_ID: 'arn:grafana-read-token',
      GITHUB_API_URL: 'https://api.github.com',
      GITHUB_TOKEN_SECRET_ID: 'arn:github-token',
    });
  });

  it('needs no token of GitHub for Loki alone', () => {
    const loki = { url: 'https://logs.example.com', user: '102' };
    expect(contextVariables({ loki }, secrets)).toMatchObject({
      PROMETHEUS_URL: '',
      LOKI_USER: '102',
      GRAFANA_READ_TOKEN_SECRET_ID: 'arn:grafana-read-token',
      GITHUB_TOKEN_SECRET_ID: '',
    });
  });
});
