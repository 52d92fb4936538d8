import { pathToFileURL } from 'node:url';
import type { System } from '../../adapters/system/system.ts';
import type { Environment, FunctionName } from '../../config.ts';

/** A function as Lambda sees it: one event in, one JSON answer out. */
export type FunctionHandler = (event: unknown) => Promise<unknown>;

type Factory = (environment: Environment, system: System) => FunctionHandler;

const FACTORIES: Record<FunctionName, [file: string, factory: string]> = {
  'alert-webhook': ['alert-webhook.ts', 'createAlertWebhook'],
  'slack-ingress': ['slack-ingress.ts', 'createSlackIngress'],
  'incident-worker': ['incident-worker.ts', 'createIncidentWorker'],
  publisher: ['publisher.ts', 'createPublisher'],
  sweeper: ['sweeper.ts', 'createSweeper'],
};

/** Makes one function from its environment and the machine it runs on. */
export async function createHandler(
  name: FunctionName,
  environment: Environment,
  system: System,
): Promise<FunctionHandler> {
  const [file, factory] = FACTORIES[name];
  const url = new URL(`../../handlers/${file}`, import.meta.url);
  let module: Record<string, Factory>;
  try {
    module = (await import(pathToFileURL(url.pathname).href)) as Record<string, Factory>;
  } catch (error) {
    if (!String(error).includes(`handlers/${file}`)) throw error;
    system.log.error('function does not exist yet');
    return async () => {
      throw new Error(`cannot run ${name}: expected ${file}, got nothing`);
    };
  }
  return (module[factory] as Factory)(environment, system);
}
