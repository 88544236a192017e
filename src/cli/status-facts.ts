import type { Retention } from '../fleet/backups.ts';
import { printable } from '../fleet/printable.ts';
import { checkWords } from '../fleet/readiness.ts';
import { widthOf } from '../fleet/text-width.ts';
import { environmentDetailsOf } from '../record/status/environment-details.ts';
import { nodeDetailsOf } from '../record/status/node-details.ts';
import { formatAge, formatMoment } from './format-age.ts';
import type { ResourceLine } from './status-line.ts';
import type { Fact, RowStyle } from './status-rows.ts';
import type { RequestLine, StatusView } from './status-view.ts';
import { alignColumns } from './table.ts';

// Every row of a table has the same cells with the same ranks.

export function environmentFacts({ details, node }: ResourceLine): readonly Fact[] {
  const { wordpressVersion, phpVersion, url, nextUrl } = environmentDetailsOf({ details });
  return [
    { text: wordpressVersion === null ? '' : `WordPress ${wordpressVersion}`, rank: 2 },
    { text: phpVersion === null ? '' : `PHP ${phpVersion}`, rank: 1 },
    { text: node ?? '', rank: 3 },
    { text: nextUrl === null ? (url ?? '') : `${url}, then ${nextUrl}`, rank: 4 },
  ];
}

export function nodeFacts({ details }: ResourceLine): readonly Fact[] {
  const { ipv4, server, os, warnings } = nodeDetailsOf({ details });
  return [
    { text: ipv4 ?? '', rank: 3 },
    { text: server?.type ?? '', rank: 2 },
    { text: os ?? '', rank: 1 },
    { text: warnings.length === 0 ? '' : `! ${warnings.map(checkWords).join(', ')}`, rank: 4 },
  ];
}

export function requestFacts({ ref, subject }: RequestLine): readonly Fact[] {
  return [
    { text: ref.slice(0, ref.indexOf('/')), rank: 2 },
    { text: subject ?? '', rank: 1 },
  ];
}

/** Node and start time of a retained environment. */
export function keptFacts({ node, since, details }: ResourceLine): readonly Fact[] {
  const at = Date.parse(environmentDetailsOf({ details }).retainedSince ?? since ?? '');
  return [
    { text: node === null ? '' : `kept on ${node}`, rank: 2 },
    { text: Number.isNaN(at) ? '' : `since ${formatMoment(at)}`, rank: 1 },
  ];
}

/** One line for each policy and each repository. */
export function policyRows(view: StatusView, { columns, now }: RowStyle): readonly string[] {
  const policies = view.backupPolicies.map((policy) => [
    `  ${printable(policy.name)}`,
    `${policy.schedule.cron} ${policy.schedule.timezone}`,
    `${policy.scope} to ${policy.repository}`,
    environmentsWords(policy.environments),
    policy.lastBackupAt === null
      ? 'no backup yet'
      : `last backup ${formatAge(Date.parse(policy.lastBackupAt), now)}`,
    retentionWords(policy.retention),
  ]);
  const repositories = view.backupRepositories.map(({ name, type, place }) => [
    `  ${name}`,
    `${type} ${place}`,
  ]);
  return [...fitting(policies, columns), ...fitting(repositories, columns)];
}

/** Drops cells from the right until every row fits; keeps the first two. */
function fitting(rows: readonly (readonly string[])[], columns: number | null): readonly string[] {
  const safe = rows.map((row) => row.map(printable));
  for (let count = Math.max(0, ...safe.map((row) => row.length)); ; count--) {
    const lines = alignColumns(safe.map((row) => row.slice(0, count)));
    if (columns === null || count <= 2 || lines.every((line) => widthOf(line) <= columns)) return lines;
  }
}

function environmentsWords(count: number): string {
  return count === 0 ? 'for none' : `for ${count} ${count === 1 ? 'environment' : 'environments'}`;
}

function retentionWords(retention: Retention): string {
  const { last, ...rest } = retention;
  const parts = [
    ...(last === 0 ? [] : [`last ${last}`]),
    ...Object.entries(rest).flatMap(([unit, count]) => (count === 0 ? [] : [`${count} ${unit}`])),
  ];
  return `keeps ${parts.join(', ')}`;
}
