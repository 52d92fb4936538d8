import { describe, expect, it } from 'vitest';
import { renderMessage } from '../../../../src/adapters/slack/render/render-message.ts';
import { words } from '../../../../src/domain/sentence.ts';
import { checkMessageBlocks } from '../../../../src/local/slack/block-kit.ts';
import type { Notified } from '../../../../src/services/room-messages.ts';

const render = (to: Notified, text = 'it waits.', url: string | null = 'https://chat/card') =>
  renderMessage({
    kind: 'approval_waits',
    to,
    text: [words(text)],
    room: { channelId: 'C0ROOM', channelName: 'inc-room' },
    link: url === null ? null : { title: 'Open the card', url },
  });
const elements = (rendered: ReturnType<typeof render>) => {
  const [first] = rendered.blocks as unknown as { elements: { elements: unknown[] }[] }[];
  return first?.elements[0]?.elements;
};

describe('a waiting draft', () => {
  it('notifies the channel by an element of its own', () => {
    const rendered = render('channel');
    expect(elements(rendered)).toEqual([
      { type: 'broadcast', range: 'channel' },
      { type: 'text', text: ': ' },
      { type: 'text', text: 'it waits.' },
    ]);
    expect(rendered.text).toBe('<!channel>: it waits. https://chat/card');
    expect(() => checkMessageBlocks(rendered.blocks)).not.toThrow();
  });

  it('notifies groups by id, and names one without an id in words', () => {
    const rendered = render({
      groups: [
        { handle: 'approvers', id: 'S0APPROVE' },
        { handle: 'night<!here>', id: null },
      ],
    });
    expect(elements(rendered)).toEqual([
      { type: 'usergroup', usergroup_id: 'S0APPROVE' },
      { type: 'text', text: ' ' },
      { type: 'text', text: '@night<!here>' },
      { type: 'text', text: ': ' },
      { type: 'text', text: 'it waits.' },
    ]);
    expect(rendered.text).toBe(
      '<!subteam^S0APPROVE> @night&lt;!here&gt;: it waits. https://chat/card',
    );
  });

  it('notifies nobody because of its words', () => {
    const rendered = render({ groups: [] }, 'Room of <!channel> <!subteam^S0X>, @U0MAYA.', null);
    expect(elements(rendered)).toEqual([
      { type: 'text', text: 'Room of <!channel> <!subteam^S0X>, @U0MAYA.' },
    ]);
    expect(rendered.text).toBe('Room of &lt;!channel&gt; &lt;!subteam^S0X&gt;, @U0MAYA.');
  });

  it('links the room and, if there is one, the card', () => {
    const last = (rendered: ReturnType<typeof render>) => JSON.stringify(rendered.blocks.at(-1));
    expect(last(render('channel'))).toContain('<#C0ROOM> · <https://chat/card|Open the card>');
    expect(last(render('channel', 'x', null))).toContain('"<#C0ROOM>"');
  });
});
