import type { Json } from '../../../fleet/digest.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import type { Severity } from '../../diagnostics/diagnostic-entry.ts';
import { type FleetIndex, type FleetProblem, type Located, referred } from '../../fleet-index.ts';
import { textsAt, valueAt } from '../../plain.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import { parseDurationMs } from '../../resolve/units.ts';
import { inheritedSetting } from './inherited-setting.ts';
import { exceeds, requestLimits } from './php-limits.ts';
import { settingFaults } from './settings-checks.ts';

type Path = readonly string[];

const memoryPath: Path = ['php', 'memoryLimit'];
const uploadPath: Path = ['php', 'ini', 'upload_max_filesize'];
const postPath: Path = ['php', 'ini', 'post_max_size'];
const bodyPath: Path = ['nginx', 'clientMaxBodySize'];
const runtimePath: Path = ['php', 'ini', 'max_execution_time'];
const terminatePath: Path = ['php', 'pool', 'requestTerminateTimeout'];
const memoryConstants = ['WP_MEMORY_LIMIT', 'WP_MAX_MEMORY_LIMIT'] as const;

/** Names that nobody knows, of an environment or of its site's defaults: the manifest of its node may allow them. */
export function settingPermissionChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Environment.flatMap((where): FleetProblem[] => {
    const node = referred(index, where.document, 'node');
    const site = referred(index, where.document, 'site');
    const allowed = textsAt(node?.document.value, 'spec', 'php', 'allowSettings').map(([, name]) => name);
    const unknownIn = (value: Json | undefined, root: Path) =>
      settingFaults(value, root, allowed).filter(({ code }) => code === diagnosticCodes.settingUnknown);
    const own = where.document.valid ? unknownIn(valueAt(where.document.value, 'spec'), ['spec']) : [];
    const inherited = unknownIn(valueAt(site?.document.value, 'spec', 'defaults'), []).map((problem) => ({
      ...problem,
      message: `${problem.message} (from the defaults of the site)`,
      path: ['spec', 'site'],
      at: 'value' as const,
    }));
    return [...own, ...inherited].map((problem) => ({ where, problem }));
  });
}

/** Settings of an environment, its own and inherited ones, against those that they depend on. */
export function settingConflictChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Environment.flatMap((where) =>
    referred(index, where.document, 'site') === undefined
      ? []
      : [...sizeConflicts(index, where), ...timeConflicts(index, where)],
  );
}

function sizeConflicts(index: FleetIndex, where: Located): FleetProblem[] {
  const given = (path: Path) => sizeText(inheritedSetting(index, where, ...path));
  const memoryLimit = given(memoryPath) ?? systemDefaults.memoryLimit;
  const { upload, post, body } = requestLimits({
    memoryLimit,
    upload: given(uploadPath),
    post: given(postPath),
    body: given(bodyPath),
  });
  const problems: FleetProblem[] = [];
  if (exceeds(upload, post)) {
    const message = `upload_max_filesize ${upload} is larger than post_max_size ${post}`;
    const expected = `post_max_size of at least ${upload}, or no post_max_size: it follows by itself`;
    problems.push(problemAt(where, [uploadPath, postPath], { message, expected }));
  }
  if (exceeds(post, memoryLimit)) {
    const name = given(postPath) === undefined ? 'upload_max_filesize' : 'post_max_size';
    const message = `${name} ${post} is larger than the memory limit of ${memoryLimit}`;
    const expected = `php.memoryLimit of at least ${post}, or a smaller ${name}`;
    problems.push(problemAt(where, [postPath, uploadPath, memoryPath], { message, expected }));
  }
  if (exceeds(body, post)) {
    const message = `nginx takes requests of ${body}, and PHP drops forms of more than ${post}`;
    const expected = `post_max_size of ${body} and php.memoryLimit of at least that, or no clientMaxBodySize: it follows by itself`;
    problems.push(problemAt(where, [bodyPath, postPath, memoryPath], { message, expected }, 'warning'));
  }
  for (const name of memoryConstants) {
    const path = ['wordpress', 'constants', name];
    const wanted = given(path);
    if (wanted === undefined || !exceeds(wanted, memoryLimit)) continue;
    const message = `${name} ${wanted} has no effect beyond the memory limit of ${memoryLimit}`;
    const expected = `php.memoryLimit of at least ${wanted}, or a smaller ${name}`;
    problems.push(problemAt(where, [path, memoryPath], { message, expected }, 'warning'));
  }
  return problems;
}

function timeConflicts(index: FleetIndex, where: Located): FleetProblem[] {
  const runtime = Number(inheritedSetting(index, where, ...runtimePath) ?? 0);
  const given = inheritedSetting(index, where, ...terminatePath);
  const timeout = typeof given === 'string' ? given : systemDefaults.pool.requestTerminateTimeout;
  const endsAfterMs = parseDurationMs(timeout);
  if (endsAfterMs === undefined || !(runtime * 1000 > endsAfterMs)) return [];
  const message = `max_execution_time is ${runtime} seconds, and requests are ended after ${timeout}`;
  const expected = `php.pool.requestTerminateTimeout of at least ${runtime}s, or a smaller max_execution_time`;
  return [problemAt(where, [runtimePath, terminatePath], { message, expected })];
}

/** At the first of the settings that the environment itself has; all can come from the site. */
function problemAt(
  where: Located,
  candidates: readonly Path[],
  text: { readonly message: string; readonly expected: string },
  severity: Severity = 'error',
): FleetProblem {
  const own = candidates.find((path) => valueAt(where.document.value, 'spec', ...path) !== undefined);
  const message = own === undefined ? `${text.message} (from the defaults of the site)` : text.message;
  const path = own === undefined ? ['spec', 'site'] : ['spec', ...own];
  const code = diagnosticCodes.settingsConflict;
  return { where, problem: { ...text, code, severity, message, path, at: 'value' } };
}

function sizeText(value: Json | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
