import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBreakGlass } from '../src/domain/receipt-text.ts';
import { verifyReceiptFile } from '../src/domain/verify-receipt.ts';
import { exitCodeOf } from './command-line.ts';
import { parseReceiptOptions, RECEIPT_HELP, type ReceiptOptions } from './receipt-options.ts';
import type { SourceChoice } from './source-options.ts';

type Asked<C extends ReceiptOptions['command']> = Extract<ReceiptOptions, { command: C }>;
/** Where the command speaks; tests bring their own. */
export type ReceiptDeps = { out(text: string): void; err(text: string): void };

/**
 * The command of whoever holds a receipt, or wants one.
 * @returns the exit code: 0 done or valid, 1 not valid or nothing found, 2 usage, 3 could not be read
 */
export async function receipt(args: string[], deps: ReceiptDeps): Promise<number> {
  try {
    const options = parseReceiptOptions(args);
    switch (options.command) {
      case 'help':
        deps.out(RECEIPT_HELP);
        return 0;
      case 'verify':
        return verify(options, deps);
      case 'export':
        return await exportReceipts(options, deps);
      case 'key':
        return await key(options, deps);
    }
  } catch (error) {
    deps.err(`${(error as Error).message}\n`);
    return exitCodeOf(error);
  }
}

/** Reads two or three files and nothing else. */
function verify({ file, key, approvalKey }: Asked<'verify'>, deps: ReceiptDeps): number {
  const publication = contentOf(key, 'a public key').toString('utf8');
  const verdict = verifyReceiptFile(contentOf(file, 'a receipt'), {
    publication,
    approval:
      approvalKey === undefined ? undefined : contentOf(approvalKey, 'a public key').toString(),
  });
  if (!verdict.ok) {
    deps.err(`NOT VALID: ${verdict.reason} (${verdict.code})\n`);
    return 1;
  }
  const { publicationId, incidentId, publishedAt, chain, approvals } = verdict.receipt;
  const approved =
    approvalKey === undefined
      ? `${approvals.length} approval(s) vouched for by the publisher`
      : `${verdict.approvalsVerified} approval(s) signed by the approval key`;
  deps.out(
    `VALID: ${publicationId} of ${incidentId}, on record ${publishedAt} as event ` +
      `${chain.published.seq}; ${approved}\n${fingerprintLine(publication)}`,
  );
  if (isBreakGlass(verdict.receipt)) deps.out('BREAK GLASS: one person approved this alone.\n');
  return 0;
}

/** @throws {Error} naming the file: nothing was verified, so nothing is said about validity */
function contentOf(file: string, expected: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as { code?: string };
    throw new Error(`cannot read ${file}: expected ${expected}, got ${code}`);
  }
}

async function exportReceipts(options: Asked<'export'>, deps: ReceiptDeps): Promise<number> {
  const source = await open(options.source, deps);
  try {
    const { findReceipts } = await import('../src/services/find-receipts.ts');
    const found = await findReceipts(source, options);
    mkdirSync(options.out, { recursive: true });
    for (const each of found) {
      if ('file' in each) {
        const path = join(options.out, each.file.name);
        writeFileSync(path, each.file.text);
        deps.out(`${path}\n`);
      } else {
        deps.err(`no receipt for ${each.incidentId} event ${each.seq}: ${each.problem}\n`);
      }
    }
    if (found.length === 0) deps.err('no such publication on the trail\n');
    return found.length > 0 && found.every((each) => 'file' in each) ? 0 : 1;
  } finally {
    source.close();
  }
}

async function key({ of, out, source: choice }: Asked<'key'>, deps: ReceiptDeps): Promise<number> {
  const source = await open(choice, deps);
  try {
    const pinned = await source.pinned();
    const pem = await pinned.keys.pem(pinned[of]);
    if (out === undefined) deps.out(pem);
    else writeFileSync(out, pem);
    deps.err(`The ${of} public key. ${fingerprintLine(pem)}`);
    return 0;
  } finally {
    source.close();
  }
}

/** Loaded on demand: `verify` MUST NOT need anything that talks to a network. */
async function open(choice: SourceChoice, deps: ReceiptDeps) {
  const [{ openSource }, { processEnvironment }, { readWorldFile }, system, { NO_LOG }] =
    await Promise.all([
      import('./audit-source.ts'),
      import('../src/config.ts'),
      import('../src/local/world-file.ts'),
      import('../src/adapters/system/system.ts'),
      import('./terminal.ts'),
    ]);
  const source = await openSource(choice, {
    environment: processEnvironment(),
    world: readWorldFile,
    clock: system.realSystem(NO_LOG).clock,
  });
  deps.err(`Reading ${source.said}\n`);
  return source;
}

/** For comparing the key with what its owner says it is, by eye. */
function fingerprintLine(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return `SHA-256 of the key: ${createHash('sha256').update(der).digest('hex')}\n`;
}

if (import.meta.main) {
  process.exitCode = await receipt(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
}
