import { describe, expect, it } from 'vitest';
import { wantedSecrets } from '../../cdk/wanted-secrets.ts';
import { workOsVariables } from '../../cdk/workos-source.ts';
import { synthesise, TEST_PARAMETERS } from './synthesised.ts';

const secrets = { idOf: (name: string) => `arn:${name}` };

describe('workOsVariables()', () => {
  it('names the directory and its key where there is one', () => {
    expect(workOsVariables({ apiUrl: 'https://api.workos.com' }, secrets)).toEqual({
      WORKOS_API_URL: 'https://api.workos.com',
      WORKOS_API_KEY_SECRET_ID: 'arn:workos-api-key',
    });
  });

  it('names no key where there is none, and it is off', () => {
    expect(workOsVariables(undefined, secrets).WORKOS_API_KEY_SECRET_ID).toBe('');
    expect(wantedSecrets({ ...TEST_PARAMETERS, workos: undefined })).not.toContain(
      'workos-api-key',
    );
    expect(JSON.stringify(synthesise({ workos: undefined }))).not.toMatch(/workos-api-key/);
  });
});
