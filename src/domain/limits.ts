/** Longest customer-facing text. Slack's modal input holds 3,000 characters. Unit: UTF-16 units. */
export const CUSTOMER_TEXT_MAX = 3_000;
/** Longest title. Statuspage refuses names over 255 characters. */
export const CUSTOMER_TITLE_MAX = 255;
/** Longest internal text (update, note, summary, reason). Slack's section text limit. */
export const INTERNAL_TEXT_MAX = 3_000;
/** Longest incident title kept; Slack headers show 150. */
export const INCIDENT_TITLE_MAX = 150;
/** A decision whose signed timestamp is older than this is recorded as expired. Unit: s. */
export const DECISION_MAX_AGE_S = 600;
/**
 * A go that is taken up later than this after Slack signed it first lets everything pass that was
 * signed meanwhile. Unit: s.
 */
export const TAKEN_UP_LATE_AFTER_S = 10;
/** So does one that stood in the queue longer, because something before it failed. Unit: ms. */
export const HELD_IN_QUEUE_AFTER_MS = 5_000;
/** Slack's signing window, both ways. https://docs.slack.dev/authentication/verifying-requests-from-slack */
export const SLACK_MAX_SKEW_S = 300;
/** Grafana Alerting's signed timestamp must be this close, both ways. Unit: s. */
export const ALERTING_MAX_SKEW_S = 300;
/** A Standard Webhooks timestamp must be this close, both ways; as its own libraries have it. Unit: s. */
export const STANDARD_WEBHOOKS_MAX_SKEW_S = 300;
/** How far the signed time of Grafana IRM's incident webhooks may be from now. Unit: s. */
export const GI_MAX_SKEW_S = 300;
/** Signatures looked at in one header; a rotation needs two. */
export const SIGNATURES_MAX = 10;
/** How long an approval must still be valid when publishing starts. Unit: s. */
export const APPROVAL_MIN_REMAINING_S = 60;
/** How long a draft waits for approval. Unit: s. */
export const DRAFT_VALID_FOR_S = 86_400;
/** Attempts to append at the head before the command gives up and is redelivered. */
export const APPEND_ATTEMPTS_MAX = 60;
/** Webhook and Slack bodies above this are refused with 413. Unit: bytes. */
export const REQUEST_BODY_MAX_BYTES = 1_048_576;
/** Largest raw body kept in the outbox or in quarantine. Unit: bytes. */
export const KEPT_BODY_MAX_BYTES = 262_144;
/** Largest body one queue message may carry (SQS: 1 MiB). Unit: bytes. */
export const QUEUE_MESSAGE_MAX_BYTES = 1_048_576;
/** Unreadable bodies kept in one minute (1/s); further ones are counted into one event. */
export const QUARANTINED_PER_MINUTE = 60;
/** Unreadable bodies counted in one minute before the count says "at least". */
export const COUNTED_BODIES_MAX = 20_000;
/**
 * Receives before a message is set aside. Only a message whose fact cannot be appended comes this
 * far; with visibility 2, 4, 8 … 60 s that is 11 minutes of trying. Longer than a decision counts
 * (`DECISION_MAX_AGE_S`): a rejection that cannot be taken up yet MUST hold back what stands behind it.
 */
export const RECEIVES_MAX = 16;
/** From this receive on, a message is completed and open effects are left to the sweeper. */
export const RECEIVES_BEFORE_SWEEPER = 4;
/** An effect that fails for longer holds up no other any more: it is put aside. Unit: ms. */
export const EFFECT_PUT_ASIDE_AFTER_MS = 3_600_000;
/** A room that cannot be opened, or people not be invited, for longer is on record. Unit: ms. */
export const ROOM_FAILED_AFTER_MS = 180_000;
/** Effects put aside for longer are abandoned, on record: 7 days. Unit: ms. */
export const EFFECT_ABANDONED_AFTER_MS = 604_800_000;
/** Effects of one incident that are put aside; each is a few bytes of one row. */
export const PUT_ASIDE_MAX = 2_000;
/** How long an effect may wait for its turn in the chat's rate limits. Unit: ms. */
export const TURN_AWAITED_MS = 86_400_000;
/** Drafts kept in the projection; older ones stay on the trail. */
export const DRAFTS_IN_STATE_MAX = 20;
/** Publications of one incident that the page is compared with; older ones stay on the trail. */
export const PUBLICATIONS_IN_STATE_MAX = 50;
/** People remembered as invited; Slack rooms of ours never come near it. */
export const INVITED_MAX = 500;
/** Attempts at one publication before a human decides. */
export const PUBLISH_ATTEMPTS_MAX = 5;
/** Updates of one incident on the page that are remembered before an attempt adds one. */
export const PAGE_UPDATES_REMEMBERED_MAX = 200;
/** Times a publication may lose its claim to other events in one delivery. */
export const CLAIM_ROUNDS_MAX = 20;
/** Components one draft may touch. */
export const COMPONENTS_MAX = 50;
/** Longest reason to show a component better than another incident says; a card shows it whole. */
export const OVERRIDE_REASON_MAX = 300;
/** Approvers invited when an approval card finds nobody but its authors in the room. */
export const APPROVERS_INVITED_MAX = 5;
/** People invited when a draft has waited long; more than that would be a crowd, not a decision. */
export const ESCALATION_INVITED_MAX = 30;
/** Longest address kept of what an alert or our configuration links to. */
export const CONTEXT_URL_MAX = 1_000;
/** Incidents that one person may have declared within ten minutes and not ended; each takes a room. */
export const DECLARED_BY_ONE_MAX = 10;
export const DECLARED_BY_ONE_WITHIN_MS = 600_000;
/** Open incidents among which others are looked for; with more, a P1 is assumed to be related. */
export const OPEN_INCIDENTS_READ_MAX = 100;
/** Related incidents read for one decision; more of them than that count as a P1. */
export const RELATED_INCIDENTS_MAX = 20;
