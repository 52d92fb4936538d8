/** From worst to least. */
export const SEVERITIES = ['P1', 'P2', 'P3', 'P4'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What an incident gets when nothing says better: the worst, and the room is told so. */
export const DEFAULT_SEVERITY: Severity = 'P1';

/** What nobody may miss in a crowd of other alerts. */
export const URGENT: readonly Severity[] = ['P1', 'P2'];

/** True when `a` is worse than `b`. */
export function isSeverer(a: Severity, b: Severity): boolean {
  return SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b);
}

/** The worse of two severities. The approval policy sees the worst an incident ever had. */
export function worse(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) <= SEVERITIES.indexOf(b) ? a : b;
}

/** Reads `P2`, `p2`, `2` or `sev2`; undefined for anything else. */
export function parseSeverity(text: string): Severity | undefined {
  const digit = /^(?:p|sev-?)?([1-4])$/i.exec(text.trim())?.[1];
  return digit ? (`P${digit}` as Severity) : undefined;
}
