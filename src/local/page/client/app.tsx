import { useLayoutEffect } from 'preact/hooks';
import { dismissNotice } from './actions.ts';
import { Dialog } from './dialog.tsx';
import { Guide } from './guide.tsx';
import { Markdown } from './markdown.tsx';
import { OpenModal } from './modal.tsx';
import { plainText, Text } from './mrkdwn.tsx';
import { ShortcutHelp, useShortcuts } from './shortcuts.tsx';
import { SlackPane } from './slack-pane.tsx';
import { StatusPane } from './status-pane.tsx';
import { getState, type Pane, setUi } from './store.ts';
import { TopBar } from './top-bar.tsx';
import { TrailPane } from './trail-pane.tsx';

/** The whole page. */
export function App() {
  const { ui } = getState();
  useShortcuts();
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = ui.theme;
  }, [ui.theme]);
  return (
    <>
      <a class="skip" href="#pane-slack">
        Skip to Slack
      </a>
      <a class="skip" href="#pane-page">
        Skip to the status page
      </a>
      <a class="skip" href="#pane-trail">
        Skip to the audit trail
      </a>
      <TopBar />
      <Guide />
      <PaneTabs />
      <main class={`panes show-${ui.pane}`}>
        <SlackPane />
        <StatusPane />
        <TrailPane />
      </main>
      <Health />
      <NoticeBar />
      <OpenModal />
      <ConfirmDialog />
      <FileDialog />
      <ShortcutHelp />
    </>
  );
}

const PANES: readonly { id: Pane; label: string }[] = [
  { id: 'slack', label: 'Slack' },
  { id: 'page', label: 'Status page' },
  { id: 'trail', label: 'Audit trail' },
];

/** On a narrow screen: one pane at a time. */
function PaneTabs() {
  const { pane } = getState().ui;
  return (
    <nav class="pane-tabs" aria-label="Views">
      {PANES.map(({ id, label }) => (
        <button
          type="button"
          key={id}
          aria-current={pane === id ? 'true' : undefined}
          data-testid={`tab-${id}`}
          onClick={() => setUi({ pane: id })}
        >
          {label}
        </button>
      ))}
    </nav>
  );
}

/** Small print: how the functions behind all this are doing. */
function Health() {
  const { ui, world } = getState();
  return (
    <footer class="health" data-testid="health">
      <span class={ui.connected ? 'live' : 'live off'}>
        {ui.connected ? 'Live' : 'Reconnecting…'}
      </span>
      {Object.entries(world.functions).map(([name, counts]) => (
        <span key={name} title={`p50 ${counts.p50Ms ?? '–'} ms, p95 ${counts.p95Ms ?? '–'} ms`}>
          {name} <b>{counts.invocations}</b>
          {counts.errors > 0 ? <em> {counts.errors} failed</em> : null}
        </span>
      ))}
      <span class="health-note">All of it runs on this machine. No account, no network.</span>
    </footer>
  );
}

function NoticeBar() {
  const { notice } = getState().ui;
  return (
    <div class="notice-place" aria-live="assertive">
      {notice ? (
        <div key={notice.id} class={`notice ${notice.tone}`} data-testid="notice">
          <p>{notice.text}</p>
          {notice.actions.map(({ label, run }) => (
            <button type="button" class="button" key={label} onClick={run}>
              {label}
            </button>
          ))}
          <button
            type="button"
            class="icon-button"
            aria-label="Dismiss"
            data-testid="dismiss"
            onClick={() => dismissNotice()}
          >
            ✕
          </button>
        </div>
      ) : null}
    </div>
  );
}

/** Slack's own question before a button acts. */
function ConfirmDialog() {
  const { confirm: asked } = getState().ui;
  if (!asked) return null;
  const { confirm, run } = asked;
  const close = () => setUi({ confirm: undefined });
  return (
    <Dialog title={plainText(confirm.title)} testId="confirm" onClose={close}>
      <div class="dialog-body pre">
        <Text of={confirm.text} />
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button" data-testid="confirm-deny" onClick={close}>
          {plainText(confirm.deny)}
        </button>
        <button
          type="button"
          class={`button button-${confirm.style === 'danger' ? 'danger' : 'primary'}`}
          data-testid="confirm-yes"
          onClick={() => {
            close();
            run();
          }}
        >
          {plainText(confirm.confirm)}
        </button>
      </footer>
    </Dialog>
  );
}

function FileDialog() {
  const { file } = getState().ui;
  if (!file) return null;
  return (
    <Dialog wide title={file.title} testId="file" onClose={() => setUi({ file: undefined })}>
      <section
        class="dialog-body"
        aria-label="Content"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll it
        tabIndex={0}
      >
        <Markdown text={file.text} />
      </section>
    </Dialog>
  );
}
