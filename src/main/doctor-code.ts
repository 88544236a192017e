import { checkCode } from '../actions/probe-node.ts';
import { loadCurrent } from '../cli/load-current.ts';
import { nodeAddress } from '../cli/node-address.ts';
import type { NodeName } from '../fleet/brand.ts';
import type { NodeCode } from '../ports/doctor-probes.ts';
import { openSession } from './session.ts';
import type { Settings } from './settings.ts';

/** Has every recorded node read all code of its sites. A node that fails does not affect the others. */
export async function codeOfNodes(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<readonly NodeCode[]> {
  const session = await openSession(settings, env, { access: 'shared', defaultLogLevel: 'silent' });
  try {
    const { deps } = session;
    const { manifests, recorded } = await loadCurrent({ signal }, session);
    const { fleet } = manifests;
    if (fleet === undefined) return [];
    const nodes = [...recorded.status.keys()].flatMap((ref) =>
      ref.startsWith('node/') ? [ref.slice('node/'.length) as NodeName] : [],
    );
    return await Promise.all(
      nodes.map(async (node): Promise<NodeCode> => {
        try {
          const code = await checkCode(deps, nodeAddress(deps.store, fleet, recorded, node), signal);
          return { node, code };
        } catch (error) {
          signal.throwIfAborted();
          return { node, error };
        }
      }),
    );
  } finally {
    await session.close();
  }
}
