import type { FormOpener } from '../../services/accept-slack-request.ts';
import type { Form } from '../../services/forms.ts';
import { refusal } from './render/notices.ts';
import { renderForm } from './render/render-form.ts';
import { SlackClient, type SlackClientOptions } from './slack-client.ts';
import { objectOf } from './view-fields.ts';

/** Opens modals. Apart from the workspace, so that who only opens forms loads nothing else. */
export class SlackForms implements FormOpener {
  readonly #client: SlackClient;

  constructor(options: SlackClientOptions) {
    this.#client = new SlackClient(options);
  }

  /**
   * Opens a modal for the person behind a trigger: one use, within 3 s of the command or click.
   * @returns the view's id
   * @throws {ChatError} `CHAT_REFUSED` for a trigger that was used or is too old
   */
  async open(triggerId: string, form: Form): Promise<string> {
    const args = { trigger_id: triggerId, view: renderForm(form) };
    return String(objectOf((await this.#client.call('views.open', args)).view).id);
  }

  async tell(
    channelId: string,
    userId: string,
    given: Parameters<FormOpener['tell']>[2],
  ): Promise<void> {
    const place = { channel: channelId, user: userId };
    await this.#client.call('chat.postEphemeral', { ...place, ...refusal(given) });
  }

  async permalink(channelId: string, ts: string): Promise<string> {
    const args = { channel: channelId, message_ts: ts };
    return String((await this.#client.call('chat.getPermalink', args)).permalink);
  }
}
