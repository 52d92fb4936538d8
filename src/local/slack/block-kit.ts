import {
  checkElement,
  checkString,
  checkText,
  isActionElement,
  isInputElement,
  isObject,
  type Json,
  type Problems,
} from './block-kit-elements.ts';
import { explained, SlackError } from './slack-error.ts';
import type { Block } from './workspace.ts';

/** Block Kit's limits, in items or characters. https://docs.slack.dev/reference/block-kit/blocks */
const MAX_MESSAGE_BLOCKS = 50;
const MAX_VIEW_BLOCKS = 100;
const MAX_VIEW_BYTES = 250_000;
const MAX_HEADER = 150;
const MAX_SECTION = 3000;
const MAX_FIELD = 2000;
const MAX_FIELDS = 10;
const MAX_ACTIONS = 25;
const MAX_CONTEXT = 10;
const MAX_BLOCK_ID = 255;
const MAX_MODAL_TITLE = 24;
const MAX_PRIVATE_METADATA = 3000;
const MAX_MARKDOWN = 12_000;
/** Texts of all blocks together: found in the field, slackapi/bolt-js#2509. */
const MAX_TOTAL_TEXT = 13_200;

type Surface = 'message' | 'modal' | 'home';
const EITHER: { kinds: ('plain_text' | 'mrkdwn')[] } = { kinds: ['plain_text', 'mrkdwn'] };

/** Checks the blocks of a message. @throws {SlackError} `invalid_blocks` `msg_blocks_too_long` */
export function checkMessageBlocks(blocks: unknown): Block[] {
  if (!Array.isArray(blocks)) throw new SlackError('invalid_blocks_format');
  const problems = findProblems(blocks, 'message', '/blocks');
  if (problems.length > 0) throw explained('invalid_blocks', problems);
  if (textLength(blocks) > MAX_TOTAL_TEXT) throw new SlackError('msg_blocks_too_long');
  return blocks as Block[];
}

/** Checks a modal or Home view. @throws {SlackError} `invalid_arguments` `view_too_large` */
export function checkView(view: unknown, surface: 'modal' | 'home'): Json & { blocks: Block[] } {
  if (!isObject(view)) throw explained('invalid_arguments', ['missing required field: view']);
  if (JSON.stringify(view).length > MAX_VIEW_BYTES) throw new SlackError('view_too_large');
  const found: string[] = [];
  const problems = collector(found);
  if (view.type !== surface) {
    problems.say(`unsupported type: ${String(view.type)}`, '/view/type');
  }
  if (surface === 'modal') checkModalFrame(view, problems);
  const metadata = view.private_metadata;
  const rule = { max: MAX_PRIVATE_METADATA, min: 0 };
  checkString(metadata, '/view/private_metadata', rule, problems);
  checkString(view.callback_id, '/view/callback_id', { max: 255, min: 0 }, problems);
  const blocks = view.blocks;
  if (Array.isArray(blocks)) found.push(...findProblems(blocks, surface, '/view/blocks'));
  else problems.say('missing required field: blocks', '/view');
  if (found.length > 0) throw explained('invalid_arguments', found);
  return view as Json & { blocks: Block[] };
}

function checkModalFrame(view: Json, problems: Problems): void {
  checkText(view.title, '/view/title', { max: MAX_MODAL_TITLE }, problems);
  for (const button of ['submit', 'close']) {
    if (!(button in view)) continue;
    checkText(view[button], `/view/${button}`, { max: MAX_MODAL_TITLE }, problems);
  }
  const blocks = Array.isArray(view.blocks) ? view.blocks : [];
  const asks = blocks.some((block) => isObject(block) && block.type === 'input');
  if (asks && !('submit' in view)) problems.say('missing required field: submit', '/view');
}

function findProblems(blocks: unknown[], surface: Surface, at: string): string[] {
  const found: string[] = [];
  const problems = collector(found);
  const most = surface === 'message' ? MAX_MESSAGE_BLOCKS : MAX_VIEW_BLOCKS;
  if (blocks.length > most) problems.say(`no more than ${most} items allowed`, at);
  const ids = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    const place = `${at}/${index}`;
    if (!isObject(block)) {
      problems.say('must be an object', place);
      continue;
    }
    const id = block.block_id;
    checkString(id, `${place}/block_id`, { max: MAX_BLOCK_ID, min: 0 }, problems);
    if (typeof id === 'string' && ids.has(id)) {
      problems.say(`\`block_id\` ${id} already exists`, `${place}/block_id`);
    }
    if (typeof id === 'string') ids.add(id);
    checkBlock(block, place, problems);
  }
  return found;
}

function collector(found: string[]): Problems {
  return { say: (problem, at) => found.push(`${problem} [json-pointer:${at}]`) };
}

function checkBlock(block: Json, at: string, problems: Problems): void {
  switch (block.type) {
    case 'section':
      checkSection(block, at, problems);
      return;
    case 'header':
      checkText(block.text, `${at}/text`, { max: MAX_HEADER }, problems);
      return;
    case 'actions':
      checkActions(block, at, problems);
      return;
    case 'context':
      checkContext(block, at, problems);
      return;
    case 'input':
      checkInput(block, at, problems);
      return;
    case 'image':
      checkString(block.alt_text, `${at}/alt_text`, { max: 2000, min: 1 }, problems);
      if (!('slack_file' in block)) {
        checkString(block.image_url, `${at}/image_url`, { max: 3000, min: 1 }, problems);
      }
      return;
    case 'markdown':
      checkString(block.text, `${at}/text`, { max: MAX_MARKDOWN, min: 1 }, problems);
      return;
    case 'rich_text':
      if (!Array.isArray(block.elements)) problems.say('missing required field: elements', at);
      return;
    case 'divider':
      return;
    default:
      problems.say(`unsupported type: ${String(block.type)}`, `${at}/type`);
  }
}

function checkSection(block: Json, at: string, problems: Problems): void {
  const { text, fields, accessory } = block;
  if (text === undefined && fields === undefined) {
    problems.say('missing required field: text or fields', at);
  }
  if (text !== undefined) {
    checkText(text, `${at}/text`, { max: MAX_SECTION, ...EITHER }, problems);
  }
  if (fields !== undefined) {
    const list = Array.isArray(fields) ? fields : [];
    if (list.length === 0) problems.say('no less than 1 items allowed', `${at}/fields`);
    if (list.length > MAX_FIELDS) {
      problems.say(`no more than ${MAX_FIELDS} items allowed`, `${at}/fields`);
    }
    for (const [index, field] of list.entries()) {
      checkText(field, `${at}/fields/${index}`, { max: MAX_FIELD, ...EITHER }, problems);
    }
  }
  if (accessory === undefined) return;
  if (!isObject(accessory)) {
    problems.say('must be an object', `${at}/accessory`);
    return;
  }
  const type = String(accessory.type);
  if (type !== 'image' && !isActionElement(type)) {
    problems.say(`unsupported type: ${type}`, `${at}/accessory/type`);
    return;
  }
  if (type !== 'image') checkElement(accessory, `${at}/accessory`, problems);
}

function checkActions(block: Json, at: string, problems: Problems): void {
  const elements = Array.isArray(block.elements) ? block.elements : [];
  if (elements.length === 0) problems.say('no less than 1 items allowed', `${at}/elements`);
  if (elements.length > MAX_ACTIONS) {
    problems.say(`no more than ${MAX_ACTIONS} items allowed`, `${at}/elements`);
  }
  const ids = new Set<unknown>();
  for (const [index, element] of elements.entries()) {
    const place = `${at}/elements/${index}`;
    if (!isObject(element) || !isActionElement(String(element.type))) {
      const type = isObject(element) ? element.type : element;
      problems.say(`unsupported type: ${String(type)}`, `${place}/type`);
      continue;
    }
    const id = element.action_id;
    if (id !== undefined && ids.has(id)) {
      problems.say(`\`action_id\` ${String(id)} already exists`, `${place}/action_id`);
    }
    ids.add(id);
    checkElement(element, place, problems);
  }
}

function checkContext(block: Json, at: string, problems: Problems): void {
  const elements = Array.isArray(block.elements) ? block.elements : [];
  if (elements.length === 0) problems.say('no less than 1 items allowed', `${at}/elements`);
  if (elements.length > MAX_CONTEXT) {
    problems.say(`no more than ${MAX_CONTEXT} items allowed`, `${at}/elements`);
  }
  for (const [index, element] of elements.entries()) {
    if (isObject(element) && element.type === 'image') continue;
    checkText(element, `${at}/elements/${index}`, { max: MAX_SECTION, ...EITHER }, problems);
  }
}

function checkInput(block: Json, at: string, problems: Problems): void {
  checkText(block.label, `${at}/label`, { max: 2000 }, problems);
  if ('hint' in block) checkText(block.hint, `${at}/hint`, { max: 2000 }, problems);
  const element = block.element;
  if (!isObject(element) || !isInputElement(String(element.type))) {
    const type = isObject(element) ? element.type : element;
    problems.say(`unsupported type: ${String(type)}`, `${at}/element/type`);
    return;
  }
  checkElement(element, `${at}/element`, problems);
}

/** Characters of all shown texts, wherever they stand in the blocks. */
function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + textLength(item), 0);
  if (!isObject(value)) return 0;
  let total = 0;
  for (const [key, inner] of Object.entries(value)) {
    total += key === 'text' && typeof inner === 'string' ? inner.length : textLength(inner);
  }
  return total;
}
