import type { AlertPath } from '../../src/domain/alerts/alert-paths.ts';
import { secretKeyOf, signDelivery } from '../../src/local/sign-alert.ts';
import type { World } from '../../src/local/world.ts';

/** Posts any body to a path, as the path's sender would. @returns the HTTP status */
export async function postAlert(
  { ready, clock }: World,
  { path, body }: { path: AlertPath; body: Buffer },
): Promise<number> {
  const secret = ready.secrets[secretKeyOf(path)];
  const response = await fetch(`${ready.urls.api}${path}`, {
    method: 'POST',
    headers: signDelivery(path, { secret, body, nowMs: clock.nowMs() }),
    body: new Uint8Array(body),
  });
  await response.text();
  return response.status;
}
