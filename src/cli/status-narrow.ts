import type { FoundResource } from './find-resource.ts';
import type { ResourceLine } from './status-line.ts';
import { countsOf, type StatusView } from './status-view.ts';

/** One resource with what stands below it: a site's environments, a node's environments, a provider's nodes. */
export function narrowStatus(view: StatusView, { ref, kind, file, described }: FoundResource): StatusView {
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
