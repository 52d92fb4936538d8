import { ControlError } from '../fake-server.ts';
import {
  deliveryOf,
  type Firing,
  newFiring,
  SAMPLE_ALERTS,
  type SampleAlert,
  stormAlert,
} from '../samples/sample-alerts.ts';
import { type AlertTarget, postSignedAlert } from '../sign-alert.ts';

/** What the page asks for when the last alert is to be resolved by its source. */
export const RESOLVE_LAST = 'resolve-last';
/** What the page asks for to see many alerts of one cause. */
export const STORM = 'storm';
/** Alert groups of a storm: more than may open an incident each. */
const STORM_GROUPS = 30;

/** What sending an alert takes. */
export type AlertSenderDeps = {
  apiUrl: string;
  /** Read for each alert, because secrets may rotate. */
  secrets: () => AlertTarget['secrets'];
  nowMs: () => number;
  /** Lets OnCall know the group that a webhook is about, before the webhook is sent. */
  register: (webhookBody: unknown) => void;
};

/**
 * Sends sample alerts as their sources do, signed. Each opens an incident of its own, but for
 * `storm`, which is many at once; `resolve-last` says that the last one is over.
 *
 * @throws {ControlError} 404 no such sample, 409 nothing was fired yet
 */
export function alertSender(
  deps: AlertSenderDeps,
): (sample: string) => Promise<{ status: number }> {
  let last: Firing | undefined;
  let firedCount = 0;
  return async (id) => {
    const nowMs = deps.nowMs();
    const target = { apiUrl: deps.apiUrl, secrets: deps.secrets(), nowMs };
    if (id === RESOLVE_LAST) {
      if (!last) throw new ControlError(409, 'cannot resolve an alert: none was fired yet');
      return send(target, last, 'resolve');
    }
    if (id === STORM) {
      const alerts = Array.from({ length: STORM_GROUPS }, (_, number) => stormAlert(number));
      const answers = await Promise.all(alerts.map((alert) => fire(target, alert)));
      return answers.find(({ status }) => status >= 300) ?? { status: 202 };
    }
    const alert = SAMPLE_ALERTS.find((each) => each.id === id);
    if (!alert) {
      const ids = [...SAMPLE_ALERTS.map((each) => each.id), STORM, RESOLVE_LAST].join(' ');
      throw new ControlError(404, `cannot fire ${id}: expected one of ${ids}`);
    }
    return fire(target, alert);
  };

  async function fire(target: AlertTarget, alert: SampleAlert): Promise<{ status: number }> {
    firedCount += 1;
    last = newFiring(alert, target.nowMs, firedCount);
    return send(target, last, 'alert group created');
  }

  async function send(
    target: AlertTarget,
    firing: Firing,
    event: 'alert group created' | 'resolve',
  ): Promise<{ status: number }> {
    const delivery = deliveryOf(firing, event, target.nowMs);
    deps.register(delivery.body);
    const { status } = await postSignedAlert(target, delivery);
    return { status };
  }
}
