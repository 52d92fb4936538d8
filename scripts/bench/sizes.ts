import { BUNDLE_NAMES, type Bundles } from './bundles.ts';
import { printTable } from './table.ts';

/** Prints how large the bundles are, and of what. */
export function printSizes(bundles: Bundles): void {
  const kb = (bytes: number) => (bytes / 1000).toFixed(1);
  const rows = BUNDLE_NAMES.map((name) => {
    const { bytes, eagerBytes, gzipBytes, byPackage } = bundles[name];
    const largest = byPackage.slice(0, 4).map((of) => `${of.name} ${kb(of.bytes)}`);
    return [name, kb(eagerBytes), kb(bytes - eagerBytes), kb(gzipBytes), largest.join(', ')];
  });
  printTable(
    'Sizes: minified bundles as deployed, in kB of 1,000 bytes',
    ['function', 'loaded', 'on demand', 'gzip of both', 'largest parts'],
    rows,
  );
}
