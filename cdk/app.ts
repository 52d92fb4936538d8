/** Synthesises the deployment to `cdk.out/`, offline: `npm run synth [-- <deployment file>]`. */
import { join, resolve } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { checkDeploymentConfig } from './deployment-config.ts';
import { DEPLOYMENT_FILE, readDeploymentParameters } from './deployment-parameters.ts';
import { IncidentResponseStack } from './incident-response-stack.ts';
import { resourceNames } from './resource-names.ts';

const root = resolve(import.meta.dirname, '..');
try {
  const file = process.argv[2] ? resolve(process.argv[2]) : join(root, DEPLOYMENT_FILE);
  const parameters = readDeploymentParameters(file);
  checkDeploymentConfig(join(root, 'config'));
  const app = new App({ outdir: join(root, 'cdk.out') });
  new IncidentResponseStack(app, resourceNames(parameters.deploymentId).stack, { parameters });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
  process.stdout.write('synthesised to cdk.out\n');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
