/** A source file as text. */
export type SourceText = { path: string; text: string };

/** The one adapter that writes to the status page. */
const PAGE_ADAPTER = /^src\/adapters\/statuspage\//;
/** Where the variables for it are named, and the one composition that receives them. */
const KNOWS_PAGE_API =
  /^src\/(adapters\/statuspage\/|function-variables\.ts$|handlers\/compose-publisher\.ts$)/;
/** Files that open connections; everything else sends through them. */
const TRANSPORT = /^src\/adapters\/(http\/send-once|aws\/(http-exchange|request-signer))\.ts$/;
/** Files that may send more than GET: to Slack, to OnCall's paging, and what AWS's own protocol is. */
const MAY_WRITE =
  /^src\/adapters\/(aws\/|statuspage\/|oncall\/oncall-client\.ts$|slack\/(slack-client|slack-workspace|response-url)\.ts$)/;

/** Packages that can send by themselves. */
const NETWORK =
  /from '(node:)?(https?|http2|net|tls|dgram|undici|axios|got|ky|node-fetch|superagent)'/;
const SENDS = /\bsendOnce\(|(?<![.#\w])fetch\(|\bWebClient\(/;
/** Any method but a literal GET, however it is named. */
const OTHER_METHOD =
  /\bmethod:(?!\s*'GET'\s*[,}\n])|[{,]\s*method\s*[,}]|['"`](POST|PATCH|PUT|DELETE)['"`]/i;
/** In a string, a path of the page's write API. */
const PAGE_PATH = /['"`][^'"`\n]*(\/pages\/|\/incidents\b)/;

/**
 * Names every file that could write to the status page beside the gate: judged by what it imports,
 * which variables it reads and where and how it sends, not by its name.
 *
 * @param files - of the product
 */
export function pageWriters(files: readonly SourceText[]): string[] {
  return files.flatMap(({ path, text }) => {
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');
    const breaches: string[] = [];
    const isNamed = /STATUSPAGE_API_(URL|KEY_SECRET_ID)|api\.statuspage\.io/.test(code);
    if (isNamed && !KNOWS_PAGE_API.test(path)) breaches.push('names the page’s API or its key');
    const isNetwork = NETWORK.test(code.replaceAll(/import type [^;]*;/g, ''));
    const connects = isNetwork && /^src\/(?!.*detect-)/.test(path) && !TRANSPORT.test(path);
    if (connects) breaches.push('opens connections by itself');
    if (!SENDS.test(code) && !connects) return breaches.map((breach) => `${path}: ${breach}`);
    if (OTHER_METHOD.test(code) && !MAY_WRITE.test(path) && !TRANSPORT.test(path)) {
      breaches.push('sends more than GET');
    }
    if (OTHER_METHOD.test(code) && PAGE_PATH.test(code) && !PAGE_ADAPTER.test(path)) {
      breaches.push('sends to a path of the page’s API');
    }
    return breaches.map((breach) => `${path}: ${breach}`);
  });
}
