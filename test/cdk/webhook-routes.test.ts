import { expect, it } from 'vitest';
import { ROUTES } from '../../cdk/constructs/http-api.ts';
import { ALERT_PATHS } from '../../src/domain/alerts/alert-paths.ts';
import { HTTP_ROUTES } from '../../src/local/functions/http-api.ts';

const webhooks = (routes: Readonly<Record<string, string>>) =>
  Object.entries(routes)
    .filter(([path]) => path.startsWith('/webhooks/'))
    .sort();

it('API Gateway and the embedded world route exactly the paths that the senders register', () => {
  const paths = [...ALERT_PATHS].sort();
  expect(webhooks(ROUTES)).toEqual(paths.map((path) => [path, 'alertWebhook']));
  expect(webhooks(HTTP_ROUTES)).toEqual(paths.map((path) => [path, 'alert-webhook']));
});
