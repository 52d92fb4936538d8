import type { FakeRequest } from '../fake-server.ts';
import { json } from '../fake-server.ts';
import type { Reply } from '../fault-board.ts';
import { isObject } from './block-kit-elements.ts';
import type { Method } from './method.ts';
import { post } from './methods-chat.ts';
import { TEAM_DOMAIN } from './people.ts';
import { SlackError } from './slack-error.ts';
import type { Message, UploadedFile, Workspace } from './workspace.ts';

const getUploadURLExternal: Method = ({ workspace, baseUrl }, args) => {
  const name = String(args.filename ?? '');
  if (name === '' || !(Number(args.length) > 0)) throw new SlackError('invalid_arguments');
  const id = workspace.nextId('F');
  workspace.files.set(id, { id, name, title: name, content: Buffer.alloc(0) });
  return { upload_url: `${baseUrl}/upload/${id}`, file_id: id };
};

/** Shares uploaded files in a conversation, as one message. */
const completeUploadExternal: Method = ({ workspace }, args) => {
  const given = Array.isArray(args.files) ? args.files.filter(isObject) : [];
  if (given.length === 0) throw new SlackError('invalid_arguments');
  const files = given.map((each) => {
    const file = workspace.files.get(String(each.id));
    if (!file || file.content.length === 0) throw new SlackError('file_not_found');
    if (typeof each.title === 'string') file.title = each.title;
    return fileObject(file);
  });
  const target = args.channel_id ?? args.channels;
  if (target) {
    const channel = workspace.joinedChannel(target);
    const more: Partial<Message> = { files };
    if (args.thread_ts) more.thread_ts = String(args.thread_ts);
    post(workspace, channel, { text: String(args.initial_comment ?? '') }, more);
  }
  return { files };
};

function fileObject(file: UploadedFile): Record<string, unknown> {
  return {
    id: file.id,
    name: file.name,
    title: file.title,
    size: file.content.length,
    mimetype: file.name.endsWith('.md') ? 'text/markdown' : 'application/octet-stream',
    permalink: `https://${TEAM_DOMAIN}.slack.com/files/${file.id}/${encodeURIComponent(file.name)}`,
  };
}

/** Takes the bytes of an announced file (`POST /upload/<id>`), raw or as a multipart form. */
export async function acceptUpload(workspace: Workspace, request: FakeRequest): Promise<Reply> {
  const file = workspace.files.get(request.path.slice('/upload/'.length));
  if (!file) return json(404, { ok: false, error: 'file_not_found' });
  const type = request.headers['content-type'] ?? '';
  file.content = type.startsWith('multipart/form-data')
    ? await firstPart(request.body, type)
    : request.body;
  return { status: 200, body: `OK - ${file.content.length}` };
}

async function firstPart(body: Buffer, type: string): Promise<Buffer> {
  const headers = { 'content-type': type };
  const form = await new Response(new Uint8Array(body), { headers }).formData();
  const [part] = [...form.values()];
  if (part === undefined) return Buffer.alloc(0);
  return typeof part === 'string' ? Buffer.from(part) : Buffer.from(await part.arrayBuffer());
}

/** Sharing a file by the two-step upload. */
export const FILE_METHODS: Record<string, Method> = {
  'files.getUploadURLExternal': getUploadURLExternal,
  'files.completeUploadExternal': completeUploadExternal,
};
