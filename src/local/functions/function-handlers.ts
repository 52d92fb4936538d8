import type { System } from '../../adapters/system/system.ts';
import type { Environment, FunctionName } from '../../config.ts';

/** A function as Lambda sees it: one event in, one JSON answer out. */
export type FunctionHandler = (event: unknown) => Promise<unknown>;

type Factory = (environment: Environment, system: System) => FunctionHandler;

/** Imported on demand: a function's process loads what its bundle on AWS holds, and no more. */
const FACTORIES: Record<FunctionName, () => Promise<Factory>> = {
  'alert-webhook': async () =>
    asFactory((await import('../../handlers/alert-webhook.ts')).createAlertWebhook),
  'slack-ingress': async () =>
    asFactory((await import('../../handlers/slack-ingress.ts')).createSlackIngress),
  'incident-worker': async () =>
    asFactory((await import('../../handlers/incident-worker.ts')).createIncidentWorker),
  publisher: async () => asFactory((await import('../../handlers/publisher.ts')).createPublisher),
  sweeper: async () => asFactory((await import('../../handlers/sweeper.ts')).createSweeper),
};

/**
 * Makes one function from its environment and the machine it runs on.
 *
 * @throws {ConfigError} `CONFIG_INVALID` what the function says of its environment
 */
export async function createHandler(
  name: FunctionName,
  environment: Environment,
  system: System,
): Promise<FunctionHandler> {
  const factory = await FACTORIES[name]();
  return factory(environment, system);
}

/** Each handler names the event it gets; here, as on AWS, events are what the trigger sends. */
function asFactory<E>(
  factory: (environment: Environment, system: System) => (event: E) => Promise<unknown>,
): Factory {
  return (environment, system) => {
    const handler = factory(environment, system);
    return (event) => handler(event as E);
  };
}
