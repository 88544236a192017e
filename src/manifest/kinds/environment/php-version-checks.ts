import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import { type FleetIndex, type FleetProblem, referred } from '../../fleet-index.ts';
import { stringAt, textsAt } from '../../plain.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';

/** PHP of an environment, its own or inherited, against its node. */
export function phpVersionChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Environment.flatMap((where) => {
    const node = referred(index, where.document, 'node');
    const site = referred(index, where.document, 'site');
    if (node === undefined || !node.document.valid || site === undefined) return [];
    const own = stringAt(where.document.value, 'spec', 'php', 'version');
    const inherited = stringAt(site.document.value, 'spec', 'defaults', 'php', 'version');
    const version = own ?? inherited ?? systemDefaults.phpVersion;
    const installed = textsAt(node.document.value, 'spec', 'php', 'versions').map(([, text]) => text);
    const versions = installed.length === 0 ? [systemDefaults.phpVersion] : installed;
    if (versions.includes(version)) return [];
    const origin =
      own !== undefined
        ? ''
        : inherited !== undefined
          ? ' (from the defaults of the site)'
          : ' (the default)';
    const message = `PHP ${quoted(version)}${origin} is not installed on ${node.document.ref}`;
    const path = own !== undefined ? ['spec', 'php', 'version'] : ['spec', 'node'];
    const expected = `one of ${versions.join(', ')}, or the version in spec.php.versions of ${quoted(node.file.path)}`;
    return [
      {
        where,
        problem: { code: diagnosticCodes.phpVersionUnavailable, message, path, at: 'value', expected },
      },
    ];
  });
}
