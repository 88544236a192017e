import type { Command } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { type FoundResource, findResource } from './find-resource.ts';
import { writeJson } from './json-text.ts';
import { withCurrent } from './load-current.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import type { ResourceLine } from './status-line.ts';
import { renderStatusText } from './status-text.ts';
import { countsOf, type StatusView, statusView } from './status-view.ts';

interface StatusFlags extends RepositoryFlags {
  readonly format: Format;
  readonly all?: boolean;
}

export function registerStatus(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .argument('[resource]', 'such as site/acme or node/web-1; includes the resources below it')
    .option('--all', 'list ready resources of a large fleet, too')
    .addOption(formatOption())
    .action((subject: string | undefined, flags: StatusFlags) =>
      showStatus(context, subject, flags, globalOptions(command).color),
    );
  addExamples(
    command,
    'pressluft status --repo https://git.example.org/fleet.git',
    'pressluft status site/acme',
  );
}

/** Prints the records of the status branch, or those of one resource. Throws PL2004 for an unknown resource. */
async function showStatus(
  context: CliContext,
  subject: string | undefined,
  flags: StatusFlags,
  color: ColorChoice,
): Promise<void> {
  const { view, now } = await withCurrent(context, flags, async ({ git, clock }, current) => {
    const { head } = current.recorded;
    const recordedAt = head === null ? null : (await git.commitInfo(head)).committedAt;
    const whole = statusView(current, recordedAt);
    const narrowed =
      subject === undefined ? whole : narrowStatus(whole, await findResource(git, current, subject));
    return { view: narrowed, now: clock.now() };
  });
  if (flags.format === 'json') return writeJson(context, view);
  const { stdout, env } = context;
  const text = renderStatusText(view, {
    paint: paintFor(stdout, env, color),
    now,
    columns: stdout.isTTY === true ? (stdout.columns ?? 80) : null,
    all: flags.all === true,
  });
  stdout.write(text);
}

/** Narrows the view to one resource and those below it: environments of a site or node, nodes of a provider. */
function narrowStatus(view: StatusView, { ref, kind, file, described }: FoundResource): StatusView {
  if (kind === 'Pressluft') return { ...view, resource: ref };
  const own = (line: { readonly ref: string }) => line.ref === ref;
  const name = ref.slice(ref.indexOf('/') + 1);
  const environment = (line: ResourceLine) => own(line) || (kind === 'Node' && line.node === name);
  const sites = view.sites.flatMap((site) => {
    if (own(site)) return [site];
    const environments = site.environments.filter(environment);
    return environments.length === 0 ? [] : [{ ...site, environments }];
  });
  const otherEnvironments = view.otherEnvironments.filter(environment);
  return {
    ...view,
    resource: ref,
    counts: countsOf([...sites.flatMap((site) => site.environments), ...otherEnvironments]),
    sites,
    otherEnvironments,
    nodes: view.nodes.filter((line) => own(line) || (kind === 'Provider' && line.provider === name)),
    providers: view.providers.filter(own),
    requests: view.requests.filter(own),
    backupPolicies: view.backupPolicies.filter(own),
    backupRepositories: view.backupRepositories.filter(own),
    problems: view.problems.filter(
      (problem) => problem.resource === ref || (described && problem.file === file),
    ),
  };
}
