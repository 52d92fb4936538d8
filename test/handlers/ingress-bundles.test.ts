import { build, type Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';

const KB = 1024;

/** A function as its bundle would be on AWS, and what is loaded of it before the first answer. */
async function bundled(
  name: string,
): Promise<{ inputs: string[]; eager: string[]; bytes: number }> {
  const entry = `src/handlers/entries/${name}.ts`;
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    outfile: 'unused.mjs',
    write: false,
    metafile: true,
  });
  const bytes = outputFiles[0]?.contents.byteLength ?? Number.NaN;
  return { inputs: Object.keys(metafile.inputs), eager: eagerOf(metafile, entry), bytes };
}

/** What a module imports, and they in turn, but for what is imported on demand. */
function eagerOf({ inputs }: Metafile, entry: string): string[] {
  const reached = new Set<string>();
  const walk = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { path: next, kind } of inputs[path]?.imports ?? []) {
      if (kind !== 'dynamic-import' && inputs[next]) walk(next);
    }
  };
  walk(entry);
  return [...reached];
}

const SDK = /node_modules\/@aws-sdk\//;
const NEVER_IN_INGRESS = /node_modules\/(zod|jose|@cedar-policy)\/|^src\/(ai|local)\//;

describe('the bundle of alert-webhook', () => {
  it('holds nothing of the SDK but its signer, no schema library, and not the trail', async () => {
    const { inputs } = await bundled('alert-webhook');
    expect(inputs.filter((path) => SDK.test(path))).toEqual([]);
    expect(inputs.filter((path) => NEVER_IN_INGRESS.test(path))).toEqual([]);
    expect(inputs.filter((path) => path.includes('domain/audit-event'))).toEqual([]);
    expect(inputs.some((path) => path.includes('@smithy/signature-v4/'))).toBe(true);
  });

  it('is smaller than 96 KB as a whole', async () => {
    expect((await bundled('alert-webhook')).bytes).toBeLessThan(96 * KB);
  });
});

describe('the bundle of slack-ingress', () => {
  it('holds nothing of the SDK, no schema library, no model code and no policy engine', async () => {
    const { inputs } = await bundled('slack-ingress');
    expect(inputs.filter((path) => SDK.test(path))).toEqual([]);
    expect(inputs.filter((path) => NEVER_IN_INGRESS.test(path))).toEqual([]);
  });

  it("loads Slack's client only for who asks for a form", async () => {
    const { eager } = await bundled('slack-ingress');
    expect(eager.filter((path) => path.includes('node_modules/@slack/'))).toEqual([]);
  });

  it('is smaller than 192 KB as a whole', async () => {
    expect((await bundled('slack-ingress')).bytes).toBeLessThan(192 * KB);
  });
});
