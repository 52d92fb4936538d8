import { actorOf, lineOf, toneOf } from './event-line.ts';
import { freshness } from './live.ts';
import type { Chain, TrailEvent } from './model.ts';
import { shownChannel } from './names.ts';
import { getState, setUi } from './store.ts';
import { focusChain, titleOf } from './story.ts';
import { exactTime } from './times.ts';

/** The audit trail of one incident, newest first, and whether it still is what was written. */
export function TrailPane() {
  const { world, ui } = getState();
  const chain = world.chains[ui.chainId] ?? focusChain(world, shownChannel());
  return (
    <section class="pane trail" id="pane-trail" aria-label="Audit trail" tabIndex={-1}>
      <header class="pane-head">
        <h2>Audit trail</h2>
        {chain ? <Verdict chain={chain} /> : <span class="pane-note">nothing on record</span>}
      </header>
      <ChainPicker shown={chain} />
      <section
        class="pane-body"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it
        tabIndex={0}
        aria-label="Events"
        data-testid="trail"
      >
        {chain ? null : (
          <p class="empty">
            Everything that happens is written down here, each line locked to the one before it.
          </p>
        )}
        <ol class="events" reversed>
          {[...(chain?.events ?? [])].reverse().map((event) => (
            <EventRow key={`${event.incidentId}-${event.seq}`} event={event} />
          ))}
        </ol>
      </section>
    </section>
  );
}

/** Drawn, as not every machine has a font with the sign for it. */
function ChainMark() {
  return (
    <svg class="chain-mark" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M6.5 9.5 9.5 6.5M7 4.5 8.8 2.7a3.2 3.2 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.8 1.8a3.2 3.2 0 0 1-4.5-4.5L4.5 7" />
    </svg>
  );
}

/** Says whether the hash chain holds. */
function Verdict({ chain }: { chain: Chain }) {
  const { verdict } = chain;
  if (verdict.ok) {
    return (
      <span
        class="verdict good"
        data-testid="verdict"
        title="Every event's hash was recomputed from the table"
      >
        ✓ Verified · {verdict.eventCount} events
      </span>
    );
  }
  return (
    <span class="verdict bad" role="alert" data-testid="verdict">
      ✕ Event {verdict.seq}: {verdict.reason}
    </span>
  );
}

/** With more than one chain, which one to read. */
function ChainPicker({ shown }: { shown: Chain | undefined }) {
  const chains = Object.values(getState().world.chains);
  if (chains.length < 2) return null;
  return (
    <select
      class="select chain-picker"
      aria-label="Which record to show"
      data-testid="chain-picker"
      value={shown?.id ?? ''}
      onChange={({ currentTarget }) => setUi({ chainId: currentTarget.value })}
    >
      {chains.map((chain) => (
        <option key={chain.id} value={chain.id}>
          {chain.id.startsWith('inc-') ? titleOf(chain) : `Outside any incident (${chain.id})`}
          {chain.verdict.ok ? '' : ' (broken)'}
        </option>
      ))}
    </select>
  );
}

function EventRow({ event }: { event: TrailEvent }) {
  return (
    <li
      class={`event tone-${toneOf(event)} ${freshness(Date.parse(event.at))}`}
      data-testid="event"
      data-type={event.type}
    >
      <details>
        <summary>
          <span class="event-line">
            <strong>{actorOf(event)}</strong> {lineOf(event)}
          </span>
          <span class="event-meta">
            <span>#{event.seq}</span>
            <time dateTime={event.at}>{exactTime(Date.parse(event.at))}</time>
            <code>
              <ChainMark />
              {event.hash.slice(0, 8)}
            </code>
          </span>
        </summary>
        <dl class="event-facts">
          <dt>Type</dt>
          <dd>
            <code>{event.type}</code>
          </dd>
          <dt>At</dt>
          <dd>{event.at}</dd>
          <dt>Actor</dt>
          <dd>
            {event.actor.kind} {event.actor.id}
          </dd>
          <dt>Details</dt>
          <dd>
            <pre>{JSON.stringify(event.details, null, 2)}</pre>
          </dd>
          <dt>Command</dt>
          <dd>
            <code>{event.commandId}</code>
          </dd>
          <dt>Follows</dt>
          <dd>
            <code>{event.prevHash}</code>
          </dd>
          <dt>Hash</dt>
          <dd>
            <code>{event.hash}</code>
          </dd>
        </dl>
      </details>
    </li>
  );
}
