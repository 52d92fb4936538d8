/** Slack's Web API. */
export const SLACK_API_URL = 'https://slack.com/api';
/** Where Slack's `response_url`s live. */
export const SLACK_RESPONSE_ORIGIN = 'https://hooks.slack.com';
/** GitHub's API, of github.com. */
export const GITHUB_API_URL = 'https://api.github.com';
/** WorkOS' API. */
export const WORKOS_API_URL = 'https://api.workos.com';
/** Statuspage's Manage API. */
export const STATUSPAGE_API_URL = 'https://api.statuspage.io/v1';
/** One call to Statuspage. It answers in under 2 s; far beyond that the outcome is unknown. */
export const STATUSPAGE_TIMEOUT_MS = 8_000;
/** From STARTED to the last permitted send; with the call above it fits the function's time-out. */
export const PUBLISH_DEADLINE_MS = 10_000;
