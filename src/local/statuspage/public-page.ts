import { overallStatus, type ShapeOptions } from './page-shapes.ts';
import { impactOf, type PageIncident, type PageState } from './page-state.ts';
import { isOver } from './status-words.ts';

/**
 * The page customers read, as plain HTML without scripts.
 *
 * @param incidentId - shows that incident alone; the caller has checked that it exists
 */
export function renderPublicPage(options: ShapeOptions, incidentId?: string): string {
  const { state } = options;
  const content = incidentId
    ? `<p><a href="/">← ${escapeHtml(state.pageName)}</a></p>
${renderIncident(state.incident(incidentId), 'h2')}`
    : renderOverview(state);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(state.pageName)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(state.pageName)}</h1>
${content}
<p class="quiet">Times are UTC.</p>
</main>
</body>
</html>
`;
}

function renderOverview(state: PageState): string {
  const overall = overallStatus(state);
  const open = state.unresolved();
  const past = state.incidents().filter(({ status }) => isOver(status));
  return `<p class="banner ${overall.indicator}" role="status">${overall.description}</p>
${
  open.length > 0
    ? `<section aria-labelledby="current">
<h2 id="current">Current incidents</h2>
${renderAll(open)}
</section>`
    : ''
}
<section aria-labelledby="components">
<h2 id="components">Components</h2>
<ul class="components">
${state.components
  .map(
    ({ name, status }) =>
      `<li><span>${escapeHtml(name)}</span>
<span class="state ${status}">${words(status)}</span></li>`,
  )
  .join('\n')}
</ul>
</section>
<section aria-labelledby="past">
<h2 id="past">Past incidents</h2>
${past.length > 0 ? renderAll(past) : '<p class="quiet">No incidents reported.</p>'}
</section>`;
}

function renderAll(incidents: readonly PageIncident[]): string {
  return incidents.map((incident) => renderIncident(incident, 'h3')).join('\n');
}

function renderIncident(incident: PageIncident, heading: 'h2' | 'h3'): string {
  const impact = impactOf(incident);
  return `<article class="incident ${impact}">
<${heading}><a href="/incidents/${incident.id}">${escapeHtml(incident.name)}</a></${heading}>
${incident.updates
  .map(
    ({ status, body, atMs }) => `<div class="update">
<p><strong>${words(status)}</strong> – ${escapeHtml(body).replaceAll('\n', '<br>')}</p>
<p class="quiet"><time datetime="${new Date(atMs).toISOString()}">${readable(atMs)}</time></p>
</div>`,
  )
  .join('\n')}
</article>`;
}

function words(text: string): string {
  const spaced = text.replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function readable(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --quiet: #5b626a; --back: #fff; --line: #d9dee3;
  --good: #1a7f4b; --minor: #8a6100; --major: #b3460b; --critical: #b3202c;
  --maintenance: #1f5fa8; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8eaed; --quiet: #a4adb6; --back: #16191d; --line: #363c43;
    --good: #4ac486; --minor: #e5b454; --major: #f0935c; --critical: #f57d86;
    --maintenance: #7fb4f2; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 1.5rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 0 0 .5rem; }
a { color: inherit; text-underline-offset: .15em; }
.banner { padding: .9rem 1.1rem; border-radius: .5rem; font-weight: 600;
  border: 1px solid currentColor; border-left-width: .5rem; color: var(--good); }
.banner.minor { color: var(--minor); } .banner.major { color: var(--major); }
.banner.critical { color: var(--critical); } .banner.maintenance { color: var(--maintenance); }
.incident { border: 1px solid var(--line); border-left: .5rem solid var(--line);
  border-radius: .5rem; padding: 1rem 1.1rem; margin: 1rem 0; }
.incident.minor { border-left-color: var(--minor); }
.incident.major { border-left-color: var(--major); }
.incident.critical { border-left-color: var(--critical); }
.incident.maintenance { border-left-color: var(--maintenance); }
.incident h2 { margin-top: 0; }
.update p { margin: .35rem 0 0; overflow-wrap: anywhere; }
.update + .update { margin-top: .9rem; }
.quiet { color: var(--quiet); font-size: .875rem; }
.components { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line);
  border-radius: .5rem; }
.components li { display: flex; justify-content: space-between; gap: 1rem; padding: .75rem 1.1rem; }
.components li + li { border-top: 1px solid var(--line); }
.state { color: var(--good); white-space: nowrap; }
.state.degraded_performance { color: var(--minor); }
.state.partial_outage { color: var(--major); }
.state.major_outage { color: var(--critical); }
.state.under_maintenance { color: var(--maintenance); }
`;
