import { alteredConfig } from './crowded-config.ts';

/** The configuration as shipped, but that the third incident of a service is a storm's. */
export function stormyConfig(): string {
  return alteredConfig('crash-matrix-storms', (routing) => {
    routing.storm = { incidents: 2, windowS: 300 };
  });
}
