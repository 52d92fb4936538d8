import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const SOURCE = /\.(ts|tsx|js|mjs)$/;
/** A file is one concept: more than this has to be split, or the reader told why not. */
const LINES_MAX = 400;
/** Biome keeps code within 100; comments and texts get a little more. */
const LINE_MAX = 120;

type Source = { path: string; text: string; imports: string[]; typeImports: Set<string> };

const all: Source[] = ['src', 'cdk', 'scripts', 'test'].flatMap((folder) =>
  filesBelow(join(root, folder)).map(readSource),
);
const source = all.filter(({ path }) => !path.startsWith('test/'));
const product = source.filter(
  ({ path }) => path.startsWith('src/') && !path.startsWith('src/local/'),
);

/** Which layers a layer may import. `A/` = the folder; a file name = that file. */
const ARROWS: { from: RegExp; may: RegExp; why: string }[] = [
  {
    from: /^src\/config\.ts$/,
    may: /^src\/function-variables\.ts$/,
    why: 'config.ts stays small: the ingress loads it, and cdk/ shares it',
  },
  {
    from: /^src\/function-variables\.ts$/,
    may: /^$/,
    why: 'the names of variables depend on nothing: cdk/ shares them',
  },
  { from: /^src\/domain\//, may: /^src\/domain\//, why: 'domain does no I/O and names no vendor' },
  {
    from: /^src\/services\//,
    may: /^src\/(domain|services)\//,
    why: 'services speak through ports; adapters and ai are joined in compose',
  },
  { from: /^src\/ai\//, may: /^src\/(ai|domain)\//, why: 'ai knows no adapter and no status page' },
  {
    from: /^src\/adapters\/bedrock\//,
    may: /^src\/(adapters\/(bedrock|aws)|ai|domain|services)\//,
    why: 'the model adapter implements the port that ai defines',
  },
  {
    from: /^src\/adapters\//,
    may: /^src\/(adapters|domain|services)\/|^src\/config\.ts$/,
    why: 'adapters implement ports',
  },
  {
    from: /^src\/handlers\/(?!compose-)/,
    may: /^src\/(handlers|services|domain|adapters\/(system|aws))\/|^src\/config\.ts$/,
    why: 'only compose files join services to adapters',
  },
  { from: /^src\/handlers\/compose-/, may: /^src\/(?!local\/)/, why: 'the product knows no local' },
  {
    from: /^cdk\//,
    may: /^cdk\/|^src\/config\.ts$|^src\/domain\/limits\.ts$|^src\/adapters\/(files|cedar|system)\//,
    why: 'infrastructure shares names and checks the configuration, nothing else',
  },
];

/** Words that must not appear, where, and what to use instead. */
const BANS: { ban: RegExp; in: RegExp; except?: RegExp; instead: string }[] = [
  {
    ban: /process\.env\b/,
    in: /^(src|cdk|scripts)\//,
    except: /^src\/config\.ts$|^scripts\/run\.js$|^src\/local\/functions\/process-runner\.ts$/,
    instead: 'readFunctionConfig or processEnvironment of src/config.ts',
  },
  {
    ban: /\bDate\.now\(|new Date\(\)|Math\.random\(|randomUUID\(/,
    in: /^(src|cdk|scripts)\//,
    except: /^src\/adapters\/system\/|^src\/local\/|^src\/local\/world-clock\.ts$/,
    instead: 'the injected Clock and Ids',
  },
  {
    ban: /(?<![.#\w])fetch\(/,
    in: /^src\//,
    except: /^src\/adapters\/http\/|^src\/local\//,
    instead: 'sendOnce of src/adapters/http',
  },
  {
    ban: /\bconsole\./,
    in: /^(src|cdk|scripts)\//,
    instead: 'the injected Log, or process.stdout',
  },
  {
    ban: /as (unknown as )?PublishPermit\b/,
    in: /^(src|test|scripts)\//,
    except: /^src\/services\/statuspage-approval-gate\.ts$|^test\/adapters\/statuspage\//,
    instead: 'the gate: only it mints permits',
  },
  {
    ban: /['`]<[@#!](?!--)|<[@#!]\$\{/,
    in: /^src\/(services|domain|adapters|handlers)\//,
    except:
      /^src\/adapters\/slack\/render\/(markup|approval-waits)\.ts$|^src\/domain\/command\.ts$/,
    instead: 'person() and channel() of src/domain/sentence.ts, mention() of render/markup.ts',
  },
  {
    ban: /\bas (unknown as )?(LineText|Markup|Part|Sentence)\b/,
    in: /^src\//,
    except: /^src\/domain\/sentence\.ts$|^src\/adapters\/slack\/render\/(markup|block-kit)\.ts$/,
    instead: 'words() or quote() of src/domain/sentence.ts, literal() of render/markup.ts',
  },
  {
    ban: /\bkind: '(line|refusal|call_for_help)',.*text: ['`]|(refusal|confirmation)\(`[^`]*@\$\{/,
    in: /^src\/services\//,
    instead: 'say`…` of src/domain/sentence.ts',
  },
  { ban: /\b(describe|it|test)\.(only|skip|todo)\(/, in: /^test\//, instead: 'a test that runs' },
  { ban: /@ts-ignore|@ts-nocheck/, in: /^(src|cdk|scripts|test)\//, instead: 'a type' },
];

describe('layers', () => {
  for (const { from, may, why } of ARROWS) {
    it(`${from.source} imports only ${may.source || 'nothing'}: ${why}`, () => {
      const first = (path: string) => ARROWS.find((arrow) => arrow.from.test(path));
      const wrong = source
        .filter(({ path }) => first(path)?.from === from)
        .flatMap(({ path, imports }) =>
          imports
            .filter((to) => /^(src|cdk|scripts|test)\//.test(to) && !may.test(to))
            .map((to) => `${path} → ${to}`),
        );
      expect(wrong).toEqual([]);
    });
  }

  it('domain uses no package but canonicalize and zod, and of node only crypto', () => {
    const wrong = source
      .filter(({ path }) => path.startsWith('src/domain/'))
      .flatMap(({ path, imports }) =>
        imports
          .filter(
            (to) => !to.startsWith('src/') && !['zod', 'canonicalize', 'node:crypto'].includes(to),
          )
          .map((to) => `${path} → ${to}`),
      );
    expect(wrong).toEqual([]);
  });

  it('handlers, services, domain, adapters and ai do not know the embedded world', () => {
    const wrong = product.flatMap(({ path, imports }) =>
      imports.filter((to) => to.startsWith('src/local/')).map((to) => `${path} → ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it("only the gate's adapter names Statuspage's write calls, and only publisher composes it", () => {
    const composers = source.filter(({ imports }) =>
      imports.some((to) => to.startsWith('src/adapters/statuspage/')),
    );
    expect(composers.map(({ path }) => path)).toEqual(['src/handlers/compose-publisher.ts']);
    const writers = product.filter(({ text }) => /OAuth \$\{/.test(text)).map(({ path }) => path);
    expect(writers).toEqual(['src/adapters/statuspage/statuspage.ts']);
  });

  it('every source file is imported by something, or is an entry point', () => {
    const imported = new Set(all.flatMap(({ imports }) => imports));
    const entry =
      /^(src\/handlers\/entries\/|scripts\/|cdk\/(app|copy-beside-bundle)\.ts|src\/local\/(start|demo)\.ts|src\/local\/functions\/function-process\.ts|src\/local\/page\/client\/)/;
    const orphans = source
      .map(({ path }) => path)
      .filter((path) => !imported.has(path) && !entry.test(path));
    expect(orphans).toEqual([]);
  });
});

describe('bans', () => {
  for (const { ban, in: where, except, instead } of BANS) {
    it(`${ban.source} is banned; use ${instead}`, () => {
      const wrong = all
        .filter(
          ({ path }) => where.test(path) && !except?.test(path) && path !== 'test/tidy.test.ts',
        )
        .flatMap(({ path, text }) =>
          text
            .split('\n')
            .flatMap((line, index) =>
              ban.test(line) && !isComment(line) ? [`${path}:${index + 1}`] : [],
            ),
        );
      expect(wrong).toEqual([]);
    });
  }

  it('no folder is a drawer', () => {
    const drawers = /(^|\/)(utils|util|types|common|helpers|lib)\//;
    expect(all.map(({ path }) => path).filter((path) => drawers.test(path))).toEqual([]);
  });

  it('every suppression states its reason', () => {
    const bare = all.flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          /biome-ignore [\w/]+\s*(:\s*)?$/.test(line) ? [`${path}:${index + 1}`] : [],
        ),
    );
    expect(bare).toEqual([]);
  });
});

describe('size', () => {
  it(`no source file is longer than ${LINES_MAX} lines`, () => {
    const long = source
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > LINES_MAX)
      .map(({ path, lines }) => `${path}: ${lines}`);
    expect(long).toEqual([]);
  });

  it(`no line is longer than ${LINE_MAX} characters, but for texts and patterns`, () => {
    const long = source.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => {
        const unbreakable = /['"`/][^'"`]{50,}['"`/]/.test(line) || /https?:\/\//.test(line);
        return line.length > LINE_MAX && !unbreakable ? [`${path}:${index + 1}`] : [];
      }),
    );
    expect(long).toEqual([]);
  });
});

function isComment(line: string): boolean {
  return /^\s*(\/\/|\*|\/\*)/.test(line);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesBelow(path);
    return SOURCE.test(name) ? [path] : [];
  });
}

function readSource(file: string): Source {
  const text = readFileSync(file, 'utf8');
  const path = relative(root, file);
  const imports: string[] = [];
  const typeImports = new Set<string>();
  const pattern =
    /(?:^|\n)\s*(?:import|export)(\s+type)?\s[^'"();]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]|new URL\(\s*['"](\.[^'"]+)['"]/g;
  for (const match of text.matchAll(pattern)) {
    const given = match[2] ?? match[3] ?? match[4] ?? match[5] ?? '';
    const to = given.startsWith('.') ? relative(root, resolve(dirname(file), given)) : given;
    imports.push(to);
    if (match[1]) typeImports.add(to);
  }
  return { path, text, imports, typeImports };
}
