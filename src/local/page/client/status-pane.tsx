import { freshness } from './live.ts';
import type { PageIncident, PageUpdate } from './model.ts';
import { getState } from './store.ts';
import { dayTime } from './times.ts';

/** The public status page, as any customer reads it: drawn from its keyless API alone. */
export function StatusPane() {
  const { page } = getState().world;
  return (
    <section class="pane status" id="pane-page" aria-label="Public status page" tabIndex={-1}>
      <header class="pane-head">
        <h2>Public status page</h2>
        {page ? (
          <a href={page.summary.page.url} target="_blank" rel="noreferrer" data-testid="open-page">
            Open<span class="visually-hidden"> the status page</span> ↗
          </a>
        ) : null}
      </header>
      {page ? <PublicPage page={page} /> : <p class="empty">Connecting…</p>}
    </section>
  );
}

function PublicPage({ page }: { page: NonNullable<ReturnType<typeof getState>['world']['page']> }) {
  const { summary, incidents } = page;
  const open = incidents.filter(({ status }) => status !== 'resolved');
  const past = incidents.filter(({ status }) => status === 'resolved');
  return (
    <section
      class="pane-body"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it
      tabIndex={0}
      aria-label="Status page content"
      data-testid="status-page"
    >
      <p class="status-name">{summary.page.name}</p>
      <p class={`banner tone-${summary.status.indicator}`} role="status" data-testid="page-status">
        {summary.status.description}
      </p>
      {open.map((incident) => (
        <Incident key={incident.id} incident={incident} />
      ))}
      <h3>Components</h3>
      <ul class="components">
        {summary.components.map(({ id, name, status }) => (
          <li key={id} data-testid={`component-${id}`}>
            <span>{name}</span>
            <span class={`component-state state-${status}`}>{words(status)}</span>
          </li>
        ))}
      </ul>
      <h3>Past incidents</h3>
      {past.length === 0 ? <p class="quiet">No incidents reported.</p> : null}
      {past.map((incident) => (
        <Incident key={incident.id} incident={incident} />
      ))}
    </section>
  );
}

function Incident({ incident }: { incident: PageIncident }) {
  return (
    <article
      class={`page-incident impact-${incident.impact} ${incident.status}`}
      data-testid="page-incident"
    >
      <h3>{incident.name}</h3>
      <ol class="updates">
        {incident.incident_updates.map((update) => (
          <Update key={update.id} update={update} />
        ))}
      </ol>
    </article>
  );
}

function Update({ update }: { update: PageUpdate }) {
  return (
    <li class={`update ${freshness(Date.parse(update.created_at))}`} data-testid="page-update">
      <p class="update-head">
        <strong class={`update-status status-${update.status}`}>{words(update.status)}</strong>
        <time dateTime={update.created_at}>{dayTime(Date.parse(update.created_at))}</time>
      </p>
      <p class="pre">{update.body}</p>
      <p class="mail-line">{mailLine(update.id)}</p>
    </li>
  );
}

/** Behind the scenes, and therefore marked as such: whether anybody got mail. */
function mailLine(updateId: string): string {
  const updates = getState().world.mailed.flatMap((each) => each.incident_updates);
  const count = updates.find(({ id }) => id === updateId)?.mailedTo.length ?? 0;
  if (count === 0) return '✉ No subscriber was e-mailed';
  return `✉ E-mailed to ${count.toLocaleString('en')} subscriber${count === 1 ? '' : 's'}`;
}

function words(text: string): string {
  const spaced = text.replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
