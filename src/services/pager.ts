/** Somebody to page: by their id in the chat workspace, or their address. */
export type Paged = { userId: string; email: string | null };

/** What came of it; who was not paged, and why in words. */
export type PageOutcome = {
  paged: readonly string[];
  notPaged: readonly { userId: string; reason: string }[];
};

/** Wakes people as they said they want to be woken: by phone, text message, app. */
export interface Pager {
  /**
   * Pages people about an alert group of the alert source. Repeated, it pages again.
   * @throws {OnCallError} `ONCALL_REFUSED`, `ONCALL_RATE_LIMITED`, `ONCALL_UNAVAILABLE` (may be done)
   */
  page(alertGroup: string, people: readonly Paged[]): Promise<PageOutcome>;
}
