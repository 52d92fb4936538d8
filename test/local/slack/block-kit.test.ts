import { describe, expect, it } from 'vitest';
import { checkMessageBlocks, checkView } from '../../../src/local/slack/block-kit.ts';
import { SlackError } from '../../../src/local/slack/slack-error.ts';

const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) });
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const button = (more: object) => ({ type: 'button', action_id: 'a', text: plain(1), ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const option = (index: number, text = 1) => ({ text: plain(text), value: `v${index}` });
const select = (more: object) => ({ type: 'static_select', action_id: 's', ...more });
const input = (element: object) => ({ type: 'input', label: plain(1), element });
const confirm = (title: number, text: number) => ({ title: plain(title), text: mrkdwn(text) });

/** Each limit: the largest content that passes, and the smallest that does not. */
const LIMITS: [string, object[], object[]][] = [
  ['50 blocks', many(50, () => ({ type: 'divider' })), many(51, () => ({ type: 'divider' }))],
  ['header 150', [{ type: 'header', text: plain(150) }], [{ type: 'header', text: plain(151) }]],
  [
    'section text 3000',
    [{ type: 'section', text: mrkdwn(3000) }],
    [{ type: 'section', text: mrkdwn(3001) }],
  ],
  [
    '10 fields',
    [{ type: 'section', fields: many(10, () => mrkdwn(1)) }],
    [{ type: 'section', fields: many(11, () => mrkdwn(1)) }],
  ],
  [
    'field 2000',
    [{ type: 'section', fields: [mrkdwn(2000)] }],
    [{ type: 'section', fields: [mrkdwn(2001)] }],
  ],
  [
    'button text 75',
    [actions(button({ text: plain(75) }))],
    [actions(button({ text: plain(76) }))],
  ],
  [
    'button value 2000',
    [actions(button({ value: 'x'.repeat(2000) }))],
    [actions(button({ value: 'x'.repeat(2001) }))],
  ],
  [
    'action_id 255',
    [actions(button({ action_id: 'x'.repeat(255) }))],
    [actions(button({ action_id: 'x'.repeat(256) }))],
  ],
  [
    'block_id 255',
    [{ type: 'divider', block_id: 'x'.repeat(255) }],
    [{ type: 'divider', block_id: 'x'.repeat(256) }],
  ],
  [
    '25 action elements',
    [actions(...many(25, (index) => button({ action_id: `a${index}` })))],
    [actions(...many(26, (index) => button({ action_id: `a${index}` })))],
  ],
  [
    '10 context elements',
    [{ type: 'context', elements: many(10, () => mrkdwn(1)) }],
    [{ type: 'context', elements: many(11, () => mrkdwn(1)) }],
  ],
  [
    'confirm title 100',
    [actions(button({ confirm: confirm(100, 300) }))],
    [actions(button({ confirm: confirm(101, 300) }))],
  ],
  [
    'confirm text 300',
    [actions(button({ confirm: confirm(100, 300) }))],
    [actions(button({ confirm: confirm(100, 301) }))],
  ],
  [
    '100 options',
    [actions(select({ options: many(100, (index) => option(index)) }))],
    [actions(select({ options: many(101, (index) => option(index)) }))],
  ],
  [
    'option text 75',
    [actions(select({ options: [option(0, 75)] }))],
    [actions(select({ options: [option(0, 76)] }))],
  ],
  [
    '10 checkboxes',
    [actions({ type: 'checkboxes', options: many(10, (index) => option(index)) })],
    [actions({ type: 'checkboxes', options: many(11, (index) => option(index)) })],
  ],
  [
    'input initial_value 3000',
    [input({ type: 'plain_text_input', initial_value: 'x'.repeat(3000) })],
    [input({ type: 'plain_text_input', initial_value: 'x'.repeat(3001) })],
  ],
  [
    'input max_length 3000',
    [input({ type: 'plain_text_input', max_length: 3000 })],
    [input({ type: 'plain_text_input', max_length: 3001 })],
  ],
];

const WRONG: [string, object][] = [
  ['an unknown block type', { type: 'carousel-of-sorts' }],
  ['an unknown element type', actions({ type: 'slider', action_id: 'a' })],
  ['an input element in an actions block', actions({ type: 'plain_text_input', action_id: 'a' })],
  ['a button in an input block', input(button({}))],
  ['an empty section', { type: 'section' }],
  ['an empty text', { type: 'section', text: plain(0) }],
  ['mrkdwn in a header', { type: 'header', text: mrkdwn(3) }],
  ['mrkdwn on a button', actions(button({ text: mrkdwn(3) }))],
  ['an unknown button style', actions(button({ style: 'loud' }))],
  ['two elements with one action_id', actions(button({}), button({}))],
  ['no options', actions(select({ options: [] }))],
  [
    'an initial option that is not offered',
    actions(select({ options: [option(0)], initial_option: option(1) })),
  ],
];

describe('checkMessageBlocks()', () => {
  it.each(LIMITS)('holds the limit: %s', (_limit, within, beyond) => {
    expect(() => checkMessageBlocks(within)).not.toThrow();
    expect(() => checkMessageBlocks(beyond)).toThrowWithCode(SlackError, 'invalid_blocks');
  });

  it.each(WRONG)('refuses %s', (_what, block) => {
    expect(() => checkMessageBlocks([block])).toThrowWithCode(SlackError, 'invalid_blocks');
  });

  it('refuses the same block_id twice', () => {
    const twice = [1, 2].map(() => ({ type: 'divider', block_id: 'same' }));
    expect(() => checkMessageBlocks(twice)).toThrowWithCode(SlackError, 'invalid_blocks');
  });

  it('accepts rich text, images and overflow menus', () => {
    const blocks = [
      { type: 'rich_text', elements: [] },
      { type: 'image', image_url: 'https://example.com/a.png', alt_text: 'a' },
      { type: 'section', text: plain(1), accessory: { type: 'overflow', options: [option(0)] } },
    ];
    expect(() => checkMessageBlocks(blocks)).not.toThrow();
  });

  it('refuses more than 13,200 characters in total with msg_blocks_too_long', () => {
    const blocks = (last: number) => [
      ...many(4, () => ({ type: 'section', text: mrkdwn(3000) })),
      { type: 'section', text: mrkdwn(last) },
    ];
    expect(() => checkMessageBlocks(blocks(1200))).not.toThrow();
    expect(() => checkMessageBlocks(blocks(1201))).toThrowWithCode(
      SlackError,
      'msg_blocks_too_long',
    );
  });

  it('says where the mistake is', () => {
    const header = [{ type: 'divider' }, { type: 'header', text: plain(151) }];
    try {
      checkMessageBlocks(header);
      expect.unreachable();
    } catch (error) {
      expect((error as SlackError).more.response_metadata).toEqual({
        messages: ['[ERROR] must be less than 151 characters [json-pointer:/blocks/1/text/text]'],
      });
    }
  });
});

describe('checkView()', () => {
  const modal = (more: object = {}) => ({ type: 'modal', title: plain(24), blocks: [], ...more });
  const asks = [input({ type: 'plain_text_input', action_id: 'a' })];

  it.each<[string, object, object]>([
    ['title 24', {}, { title: plain(25) }],
    [
      'private_metadata 3000',
      { private_metadata: 'x'.repeat(3000) },
      { private_metadata: 'x'.repeat(3001) },
    ],
    [
      '100 blocks',
      { blocks: many(100, () => ({ type: 'divider' })) },
      { blocks: many(101, () => ({ type: 'divider' })) },
    ],
    ['a submit button for inputs', { blocks: asks, submit: plain(4) }, { blocks: asks }],
    ['its type', {}, { type: 'home' }],
  ])('holds the limit: %s', (_limit, within, beyond) => {
    expect(() => checkView(modal(within), 'modal')).not.toThrow();
    expect(() => checkView(modal(beyond), 'modal')).toThrowWithCode(
      SlackError,
      'invalid_arguments',
    );
  });
});
