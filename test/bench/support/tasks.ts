import { createHash } from 'node:crypto';
import type { CommitSha, EnvironmentName } from '../../../src/fleet/brand.ts';
import type { Json } from '../../../src/fleet/digest.ts';
import { environmentTask, taskDigest, withoutUrls } from '../../../src/fleet/environment-task.ts';
import { loadFleet, type ManifestFile } from '../../../src/manifest/index.ts';
import type { AnsibleRequest } from '../../../src/ports/ansible.ts';
import type { BenchFleet } from './bench-fleet.ts';
import type { BenchSession } from './session.ts';

/** The playbook variables of these environments, exactly as Pressluft would pass them; nothing is committed. */
export async function variablesFor(
  bench: BenchFleet,
  session: BenchSession,
  { host, address }: AnsibleRequest,
  names: readonly string[],
): Promise<Readonly<Record<string, Json>>> {
  const files = Object.entries(bench.manifests({ [host]: names })).map(([path, text]): ManifestFile => {
    const bytes = Buffer.from(text);
    return { path, oid: createHash('sha1').update(bytes).digest('hex'), kind: 'file', bytes };
  });
  const { fleet, diagnostics } = loadFleet(files, '0'.repeat(40) as CommitSha, {
    artifactMirror: bench.lab.mirror.url,
  });
  if (fleet === undefined) throw new Error(JSON.stringify(diagnostics));
  const contentVersion = await session.deps.ansible.contentVersion();
  const tasks = names.map((name) => {
    const environment = fleet.environments.get(name as EnvironmentName);
    if (environment === undefined) throw new Error(`no environment ${name}: ${JSON.stringify(diagnostics)}`);
    const task = environmentTask(environment, address.host, fleet.config.previewDomain);
    return { ...task, digest: taskDigest(task, contentVersion), spec: withoutUrls(task) };
  });
  return {
    pressluft_environments: tasks as unknown as Json,
    pressluft_node: { name: host, address: address.host },
  };
}
