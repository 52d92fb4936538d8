/** Lines of a CODEOWNERS file that are read. GitHub itself refuses files over 3 MB. */
const RULES_MAX = 5_000;
const PATTERN_MAX = 300;

/** Where GitHub looks for the file; the first that is there counts. */
export const CODEOWNERS_PATHS = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const;

/**
 * Who owns a path: the owners of the last rule that matches it. A rule without owners takes the path
 * away from those before it.
 *
 * @param path - from the root of the repository, without a leading slash; a folder ends with `/`.
 *   Null: whoever owns what no other rule is about, the last `*` rule
 * @returns undefined when no rule matches
 * @see https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export function ownersOf(file: string, path: string | null): string[] | undefined {
  let owners: string[] | undefined;
  for (const line of file.split('\n').slice(0, RULES_MAX)) {
    const rule = ruleOf(line);
    if (!rule) continue;
    const isMatch = path === null ? isEverything(rule.pattern) : matches(rule.pattern, path);
    if (isMatch) owners = rule.owners;
  }
  return owners;
}

type Rule = { pattern: string; owners: string[] };

/** Reads one line; a comment, or what GitHub skips as invalid, is no rule. */
function ruleOf(line: string): Rule | undefined {
  // A space in a path is escaped, and a comment may follow the owners.
  const words = line.trim().match(/(?:\\.|[^\s\\])+/g) ?? [];
  const comment = words.findIndex((word) => word.startsWith('#'));
  const [pattern = '', ...owners] = comment < 0 ? words : words.slice(0, comment);
  // Negation, ranges and an escaped `#` are of gitignore, and not of CODEOWNERS.
  if (pattern === '' || pattern.length > PATTERN_MAX || /^!|\[|^\\#/.test(pattern))
    return undefined;
  if (!owners.every((owner) => owner.includes('@'))) return undefined;
  return { pattern: pattern.replaceAll('\\ ', ' '), owners };
}

function isEverything(pattern: string): boolean {
  return ['*', '**', '/**', '/*', '/'].includes(pattern);
}

function matches(pattern: string, path: string): boolean {
  if (isEverything(pattern)) return true;
  const isFolder = pattern.endsWith('/');
  const bare = pattern.replace(/^\/|\/$/g, '');
  // With a slash in it, a pattern starts at the root; without one it matches at any depth.
  const isRooted = pattern.startsWith('/') || bare.includes('/');
  const glob = isRooted ? bare : `**/${bare}`;
  const parts = path.split('/').filter((part) => part !== '');
  const folders = path.endsWith('/') ? parts.length : parts.length - 1;
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const isWhole = depth === parts.length;
    if (isFolder && depth > folders) continue;
    // `docs/*` is about the files in docs, and not about those in folders below it.
    if (!isWhole && /(^|\/)\*$/.test(bare)) continue;
    if (globMatches(glob, parts.slice(0, depth).join('/'))) return true;
  }
  return false;
}

/** `*` and `?` within one name, `**` across names. In time of pattern × path, whatever they are. */
function globMatches(glob: string, path: string): boolean {
  // `reached[i]` is 1: what was read of the glob can end after i characters of the path.
  let reached = new Uint8Array(path.length + 1);
  reached[0] = 1;
  for (let at = 0; at < glob.length; at += 1) {
    const isDouble = glob.startsWith('**', at);
    // `**/` ends where a name begins, or is nothing at all.
    const toName = isDouble && glob[at + 2] === '/';
    const isStar = isDouble || glob[at] === '*';
    const next = new Uint8Array(path.length + 1);
    let isOpen = false;
    for (let i = 0; i <= path.length; i += 1) {
      if (isStar) {
        isOpen ||= reached[i] === 1;
        if (isOpen && (!toName || reached[i] === 1 || path[i - 1] === '/')) next[i] = 1;
        if (!isDouble && path[i] === '/') isOpen = false;
      } else if (reached[i] === 1 && isOneOf(glob[at], path[i])) next[i + 1] = 1;
    }
    if (isDouble) at += toName ? 2 : 1;
    if (!next.includes(1)) return false;
    reached = next;
  }
  return reached[path.length] === 1;
}

function isOneOf(wanted: string | undefined, given: string | undefined): boolean {
  if (given === undefined) return false;
  return wanted === '?' ? given !== '/' : wanted === given;
}
